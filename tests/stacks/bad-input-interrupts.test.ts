import { inTerminal, keys } from '../recorder/terminal.ts'
import type { Typed } from '../recorder/terminal.ts'
import { startWorld } from './bad-input-world.ts'

const world = startWorld()
const many = 12
const labels = Array.from({ length: many }, (_, at) => ({ name: `label-${at}`, color: 'D93F0B' }))
/** One after the other, so that some are made and some are not. */
const slowly = { TF_CLI_ARGS_apply: '-parallelism=1', TF_CLI_ARGS: '-no-color' }
/** The repository, its default branch and its labels. */
const all = many + 2

async function deployed(project: string): Promise<void> {
  world.write(project, { labels })
  expect(await world.run('deploy', ['--yes', 'github'])).toMatchObject({ code: 0 })
}

/** The next plan wants what is missing, and nothing else. */
async function wants(project: string, missing: number): Promise<void> {
  const { code, output } = await world.run('deploy', ['--yes', 'github'])
  expect(output).toContain(missing === 0 ? 'Everything is as declared.' : `${missing} added, 0 changed, 0 destroyed`)
  expect([code, await world.held(`${project}/github`)]).toEqual([0, all])
}

function traces(output: string): string[] {
  return output.match(/^\s+at .*$/gm) ?? []
}

/** A command in a terminal, with a person before it. */
async function typing(script: 'plan' | 'deploy', args: readonly string[], typed: readonly Typed[]) {
  const place = { cwd: world.copy.folder, env: { ...world.copy.env, ...world.credentials(), ...slowly } }
  return inTerminal(world.copy.words(script, args), place, typed)
}

describe('Ctrl-C', () => {
  test('in the middle of a plan ends it, with the state as it was', async () => {
    await deployed('plan')
    void world.gate().hold(/GET .*\/labels\/label-/)
    const { code, output } = await typing(
      'plan',
      ['github'],
      [
        { at: '[id=plan:label-', keys: keys.interrupt },
        { at: 'Interrupt received', keys: '', also: () => world.gate().open() },
      ],
    )
    expect([code, traces(output)]).toEqual([1, []])
    expect(output).toContain('github: terraform plan ended with 1.')
    await wants('plan', 0)
  }, 120_000)

  test('in the middle of an apply keeps what was made, and the next makes the rest', async () => {
    world.write('apply', { labels })
    void world.gate().hold(/POST .*\/labels/)
    const { code, output } = await typing(
      'deploy',
      ['github'],
      [
        { at: 'Only yes applies them', keys: `yes${keys.enter}` },
        { at: 'Creation complete', keys: keys.interrupt },
        { at: 'Interrupt received', keys: '', also: () => world.gate().open() },
      ],
    )
    expect([code, traces(output)]).toEqual([1, []])
    expect(output).toContain('Not everything was applied. What was made is in the states')
    const count = await world.held('apply/github')
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(all)
    await wants('apply', all - count)
  }, 120_000)

  test('at the question applies nothing', async () => {
    world.write('asked', { labels })
    const { code, output } = await typing('deploy', ['github'], [{ at: 'Only yes applies them', keys: keys.interrupt }])
    expect([code, traces(output)]).toEqual([1, []])
    expect(output).toContain('Nothing was applied.')
    expect(await world.held('asked/github')).toBe(0)
  }, 120_000)
})

/** The command with its exit code at the end: it outlives the providers, which started it. */
function outliving(script: 'plan' | 'deploy', args: readonly string[]): string[] {
  const words = world.copy.words(script, args)
  const at = words.indexOf('--') + 1
  return [...words.slice(0, at), 'sh', '-c', '"$@"; echo "It ended with $?."', 'sh', ...words.slice(at)]
}

describe('providers that die', () => {
  test('in a plan are told in a sentence, with the state as it was', async () => {
    await deployed('dead-plan')
    const reading = world.gate().hold(/GET .*\/labels\/label-/)
    const running = world.start(outliving('plan', ['github']))
    await reading
    process.kill(running.pid, 'SIGKILL')
    const { output } = await running.ended
    world.gate().open()
    expect(output).toContain('Plugin did not respond')
    expect(output).toContain('github: terraform plan ended with 1.\nIt ended with 1.')
    expect(traces(output)).toEqual([])
    await wants('dead-plan', 0)
  }, 120_000)

  test('in an apply keep what was made, and the next makes the rest', async () => {
    world.write('dead-apply', { labels })
    const running = world.start(outliving('deploy', ['--yes', 'github']), slowly)
    const making = world.gate().hold(/POST .*\/labels/)
    await making
    process.kill(running.pid, 'SIGKILL')
    const { output } = await running.ended
    world.gate().open()
    expect(output).toContain('Plugin did not respond')
    expect(output).toMatch(/^Not everything was applied\. .*\nIt ended with 1\.$/m)
    expect(traces(output)).toEqual([])
    const count = await world.held('dead-apply/github')
    expect(count).toBeGreaterThan(0)
    expect(count).toBeLessThan(all)
    await wants('dead-apply', all - count)
  }, 120_000)
})
