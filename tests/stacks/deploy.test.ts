import { mkdtempSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { inTerminal, keys } from '../recorder/terminal.ts'
import { World } from './world.ts'

type State = { readonly lock: unknown; readonly resource_count: number }
type Deployment = { readonly operation: string; readonly status: string }

const deploy = 'scripts/stacks/deploy.ts'

let world: World
beforeAll(async () => {
  world = await World.start()
}, 60_000)
afterAll(() => world.stop())

const stateOf = async (stack: string) => world.get<State>(`/api/states/${encodeURIComponent(`throughline/${stack}`)}`)

async function newestRun(stack: string): Promise<Deployment | undefined> {
  const path = `/api/deployments?state=${encodeURIComponent(`throughline/${stack}`)}&limit=1`
  return (await world.get<{ deployments: Deployment[] }>(path)).deployments[0]
}

/** The lines of the table at the end, each stack's words without how long it took. */
function summaryOf(output: string): string[] {
  const lines = output.replaceAll('\r', '').split('\n')
  const table = lines.slice(lines.findLastIndex((line) => line.startsWith('stack ')) + 1)
  return table.slice(0, table.indexOf('')).map((line) => line.replace(/ +\d+\.\d s$/, '').replaceAll(/ {2,}/g, ' | '))
}

describe('deploy:stacks', () => {
  test('applies nothing unless somebody says yes', async () => {
    const { code, output } = await world.run('node', [deploy, 'auth0'])
    expect(code).toBe(1)
    expect(output).toContain('Plan: 8 to add')
    expect(output).toContain('There is nobody to ask; --yes applies without asking.')
    expect(output).not.toContain('Initializing')
    expect(await newestRun('auth0')).toMatchObject({ operation: 'plan' })
  }, 60_000)

  test('asks once for all, and stops in order at Ctrl-C in the middle of the second', async () => {
    const { cwd, env } = world.place
    const temporary = mkdtempSync(join(cwd, 'tmp-'))
    const own = { TMPDIR: temporary, NO_COLOR: '1', TF_CLI_ARGS_apply: '-parallelism=1' }
    const place = { cwd, env: { ...env, ...own } }
    await world.clouds.disturb({ delay_ms: 300 })
    const { code, output } = await inTerminal([process.execPath, deploy, 'domains', 'cloudflare', 'auth0'], place, [
      { at: 'Only yes applies them: ', keys: 'yes\n' },
      { at: /cloudflare_[\w.-]+: Creation complete/, keys: keys.interrupt },
    ])
    await world.clouds.disturb(null)
    expect(code).toBe(1)
    expect(output).toContain('auth0: 8 to create\r\n  cloudflare: 9 to create\r\n  domains: 8 to create\r\n')
    expect(summaryOf(output)).toEqual([
      'auth0 | 8 to create | applied',
      'cloudflare | 9 to create | interrupted',
      'domains | 8 to create | not begun: interrupted',
    ])
    expect(output).toContain(
      'Not everything was applied. What was made is in the states: the next run goes on from there.',
    )
    expect(readdirSync(temporary).filter((name) => name.includes('plans'))).toEqual([])
    const { lock, resource_count: held } = await eventually(
      async () => stateOf('cloudflare'),
      (state) => state.lock === null && state.resource_count > 0,
    )
    expect(lock).toBeNull()
    expect(held).toBeLessThan(9)
    expect(await newestRun('cloudflare')).toMatchObject({ operation: 'apply', status: 'canceled' })
  }, 90_000)

  test('a stack that fails keeps back what depends on it, and nothing else', async () => {
    await world.clouds.disturb({ status: 503 })
    const { code, output } = await world.run('node', [deploy, '--yes', 'domains', 'cloudflare', 'azure'])
    await world.clouds.disturb(null)
    expect(code).toBe(1)
    expect(summaryOf(output)).toEqual([
      'azure | 11 to create | applied',
      expect.stringMatching(/^cloudflare \| \d to create \| failed$/),
      'domains | 8 to create | not begun: needs cloudflare',
    ])
    expect(await stateOf('cloudflare')).toMatchObject({ lock: null })
  }, 90_000)

  test('goes on from there, and finds nothing to do in the end', async () => {
    const withProviders = ['localcloud/terraform/main.ts', '-stacks=cdktf.out/stacks', '--', process.execPath]
    const { code, output } = await world.run('node', [
      ...withProviders,
      deploy,
      '--yes',
      'auth0',
      'cloudflare',
      'github',
    ])
    expect([code, summaryOf(output)]).toEqual([
      0,
      [
        'auth0 | as declared',
        expect.stringMatching(/^cloudflare \| \d to create \| applied$/),
        'github | 1 to import, 21 to create, 1 to change | applied',
      ],
    ])
    expect(output).toContain('Infrastructure Management')
    expect(await world.do('node', [deploy, '--yes', 'auth0', 'cloudflare'])).toContain('Everything is as declared.')
  }, 120_000)
})
