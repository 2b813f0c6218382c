import { startHub } from '../../localcloud/github/testing/hub.ts'
import { Checkout, addressWith } from './git.ts'

const { hub } = startHub()
const checkout = new Checkout()
const place = { owner: 'owner', repo: 'ruled' }

beforeAll(async () => {
  const { octokit, url, token } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'ruled', auto_init: true })
  await octokit.rest.repos.createRepoRuleset({
    ...place,
    name: 'Main',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [
      { type: 'deletion' },
      { type: 'update' },
      { type: 'commit_message_pattern', parameters: { operator: 'regex', pattern: '#\\d+' } },
    ],
  })
  await checkout.must('clone', '--quiet', addressWith(url, token, 'owner/ruled'), '.')
})
afterAll(() => checkout.remove())

async function push(...refs: string[]): Promise<{ code: number | null; lines: string[] }> {
  const { code, output } = await checkout.git('push', 'origin', ...refs)
  return { code, lines: output.split('\n').map((line) => line.trimEnd()) }
}

test('a ruleset refuses in GitHub’s words, and lets others through', async () => {
  await checkout.commit('x', 'x', 'Past the rule')
  await checkout.must('branch', 'free')
  const { code, lines } = await push('main', 'free')
  expect(code).toBe(1)
  const first = lines.findIndex((line) => line.includes('GH013'))
  expect(lines.slice(first, first + 7)).toEqual([
    'remote: error: GH013: Repository rule violations found for refs/heads/main.',
    `remote: Review all repository rules at ${hub().url}/owner/ruled/rules?ref=refs%2Fheads%2Fmain`,
    'remote:',
    'remote: - Cannot update this protected ref.',
    'remote:',
    'remote: - Commit message must match a given regex pattern: #\\d+',
    'remote:',
  ])
  expect(lines).toContain(' ! [remote rejected] main -> main (push declined due to repository rule violations)')
  expect(lines).toContain(' * [new branch]      free -> free')
  expect((await push('--delete', 'main')).lines).toContain('remote: - Cannot delete this branch')
})

test('who may bypass it is told what was bypassed', async () => {
  const { data: rulesets } = await hub().octokit.rest.repos.getRepoRulesets(place)
  await hub().octokit.rest.repos.updateRepoRuleset({
    ...place,
    ruleset_id: rulesets[0]?.id ?? 0,
    bypass_actors: [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' }],
  })
  const { code, lines } = await push('main')
  expect(code).toBe(0)
  expect(lines).toContain('remote: Bypassed rule violations for refs/heads/main:')
})
