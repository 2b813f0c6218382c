import { strangerToken, weakToken } from '../stand-in/tokens.ts'
import { startWorld } from './bad-input-world.ts'
import { shows } from './owners-copy.ts'

const world = startWorld()
/** Longer than some commands of Terraform take on a busy machine. */
const patienceMs = 120_000
const label = (name: string) => ({ name, color: 'D93F0B' })

/** A refusal is an exit code and a text without a trace. */
function refused({ code, output }: { code: number | null; output: string }): string {
  expect(code).toBe(1)
  expect(output).not.toMatch(/^\s+at /m)
  return output
}

test.each(['plan', 'deploy'] as const)(
  '%s says all that is wrong with the settings, and touches nothing',
  async (script) => {
    world.write('wrong', {
      lables: [],
      labels: [label('one'), label('one'), { name: 'two', color: '#D93F0B' }],
      protection: [{ branches: 'mian' }],
    })
    expect(refused(await world.run(script, []))).toBe(`stacks/settings.ts has 4 problems:
  github.repositories[0].labels[2].color: "#D93F0B" has a hash; write it without: D93F0B
  github.repositories[0].labels[1]: the label "one" stands at [0] already; remove one.
  github.repositories[0]: there is no "lables"; did you mean "labels"?
  github.repositories[0].protection[0].branches: "mian" matches no declared branch (main); correct it, or declare the branch in branches.
Nothing was planned.
`)
    expect(await world.held('wrong/github')).toBe(0)
  },
)

test(
  'a secret without a value is named with its variable',
  async () => {
    world.write('secret', { secrets: ['DEPLOY_KEY'] })
    expect(refused(await world.run('plan', ['github'], { TF_VAR_deploy_key: '' }))).toBe(`A variable is not set:
  TF_VAR_deploy_key: The Actions secret DEPLOY_KEY (github)
`)
  },
  patienceMs,
)

describe('a repository', () => {
  test(
    'that exists unmanaged is named before anything is made, and adopted when the settings say so',
    async () => {
      await world.hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'taken', auto_init: true })
      world.write('taken', { labels: [label('one')] })
      expect(refused(await world.run('deploy', ['--yes', 'github']))).toBe(`GitHub is not as stacks/settings.ts says:
  github.repositories[0]: owner/taken is there already; add existing: true to take it over, or choose another name.
`)
      expect(await world.held('taken/github')).toBe(0)

      world.write('taken', { existing: true, labels: [label('one')] })
      const { code, output } = await world.run('deploy', ['--yes', 'github'])
      expect(output).toContain('1 imported, 2 added')
      expect([code, await world.held('taken/github')]).toEqual([0, 3])
    },
    patienceMs,
  )

  test(
    'that does not exist cannot be taken over',
    async () => {
      world.write('gone', { existing: true })
      expect(refused(await world.run('plan', ['github']))).toContain(
        'github.repositories[0].existing: there is no owner/gone that GITHUB_TOKEN may see; remove it to make a new one.',
      )
    },
    patienceMs,
  )

  test(
    'without its default branch is refused, and a pattern that matches nothing is pointed out',
    async () => {
      await world.hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'bare', auto_init: true })
      const wanted = { existing: true, branches: ['release/1'], protection: [{ branches: 'release/*' }] }
      world.write('bare', { ...wanted, defaultBranch: 'trunk' })
      expect(refused(await world.run('plan', ['github']))).toContain(
        'github.repositories[0].defaultBranch: owner/bare has no branch "trunk"; it has main: push it first, or correct it.',
      )
      world.write('bare', wanted)
      const { code, output } = await world.run('plan', ['github'])
      expect(output).toContain(
        'Warning: github.repositories[0].protection[0].branches: "release/*" matches no branch of owner/bare yet; it has main.',
      )
      expect(code).toBe(0)
    },
    patienceMs,
  )

  test(
    'that is new gets the default branch that the settings name',
    async () => {
      world.write('trunk', { defaultBranch: 'trunk' })
      expect(await world.run('deploy', ['--yes', 'github'])).toMatchObject({ code: 0 })
      const { data } = await world.hub().octokit.rest.repos.get({ owner: 'owner', repo: 'trunk' })
      expect(data.default_branch).toBe('trunk')
    },
    patienceMs,
  )
})

describe('a token', () => {
  const unknown = 'x'.repeat(40)

  test.each([
    ['THROUGHLINE_TOKEN', 'does not know this token.'],
    ['GITHUB_TOKEN', 'GITHUB_TOKEN: GitHub does not know this token.'],
  ])(
    'that nobody knows is called by its variable: %s',
    async (name, sentence) => {
      world.write('unknown')
      const output = refused(await world.run('plan', ['github'], { [name]: unknown }))
      expect(output).toContain(`${name}: `)
      expect(output).toContain(sentence)
      expect(output).not.toContain(unknown)
    },
    patienceMs,
  )

  test(
    'that GitHub lets read only is called by its variable, and what was made stays',
    async () => {
      world.write('open', { visibility: 'public', protection: [{ branches: 'main' }] })
      expect(await world.run('deploy', ['--yes', 'github'])).toMatchObject({ code: 0 })
      const before = await world.held('open/github')
      world.write('open', { visibility: 'public', protection: [{ branches: 'main' }], labels: [label('one')] })
      const output = refused(
        await world.run('deploy', ['--yes', 'github'], {
          GITHUB_TOKEN: await strangerToken(world.hub().github, 'mallory'),
        }),
      )
      expect(output).toContain(
        'Warning: github.repositories[0]: GITHUB_TOKEN does not administer owner/open; changes of it will be refused.',
      )
      expect(output).toMatch(/The token in\s+(│\s+)?GITHUB_TOKEN may not do this/)
      expect(output).toContain('Not everything was applied. What was made is in the states')
      expect(await world.held('open/github')).toBe(before)
      expect(await world.run('deploy', ['--yes', 'github'])).toMatchObject({ code: 0 })
      expect(await world.held('open/github')).toBe(before + 1)
    },
    patienceMs,
  )

  test(
    'that Cloudflare lets make databases only leaves what was made in the state, for the next apply',
    async () => {
      world.write('weak')
      const env = { CLOUDFLARE_API_TOKEN: await weakToken(world.account(), 'D1 Write', 'Account API Tokens Read') }
      const output = refused(await world.run('deploy', ['--yes', 'cloudflare'], env))
      expect(output).toMatch(/The token in\s+(│\s+)?CLOUDFLARE_API_TOKEN may not do this/)
      const before = await world.held('weak/cloudflare')
      expect(before).toBeGreaterThan(0)
      expect(await world.run('deploy', ['--yes', 'cloudflare'])).toMatchObject({ code: 0 })
      expect(await world.held('weak/cloudflare')).toBeGreaterThan(before)
    },
    patienceMs,
  )
})

test(
  'a locked state is told with whose lock it is, and the command that it says ends it',
  async () => {
    world.write('locked')
    const lock = { ID: 'b2c9c2b6-7c7e-4b0e-9f0e-2f3c0a1d4e5f', Operation: 'OperationTypeApply', Who: 'alice@laptop' }
    await world.call('/state/locked/github', { method: 'LOCK', json: lock })
    const running = world.start(world.copy.words('plan', ['github']))
    await shows(running, 'force-unlock')
    expect(running.shown()).toContain('The state locked/github is locked by alice@laptop (apply) since ')
    await shows(running, 'Acquiring state lock')
    const [command = ''] = /TF_HTTP_USERNAME=.*/.exec(running.shown()) ?? []
    const unlocked = await world.start(['sh', '-c', `echo yes | ${command}`]).ended
    expect(unlocked).toMatchObject({ code: 0, output: expect.stringContaining('successfully unlocked') })
    expect(await running.ended).toMatchObject({ code: 0, output: expect.stringContaining('2 to add') })
    expect(await world.held('locked/github')).toBe(0)
  },
  patienceMs,
)
