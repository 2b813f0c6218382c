import { randomBytes } from 'node:crypto'
import { owner } from '../server/server.ts'
import { hush, startWorlds } from './world.ts'
import type { World } from './world.ts'

const start = startWorlds()
let world: World

type Choice = { colour?: string; namespace?: string }

/** A small infrastructure: a namespace on the account, and a repository with a label. */
function settings(accountId: string, { colour = '0052CC', namespace = 'kept' }: Choice = {}): string {
  return `export const settings = {
  project: 'throughline',
  owner: 'platform@example.com',
  url: 'https://throughline.example.com',
  protectData: false,
  cloudflare: {
    accountId: '${accountId}',
    keyValueNamespaces: ['${namespace}'],
    workerToken: { account: ['D1 Write'] },
  },
  github: {
    owner: 'owner',
    repositories: [
      { name: 'shop', labels: [{ name: 'deploy', color: '${colour}' }], secrets: ['CLOUDFLARE_API_TOKEN'] },
    ],
  },
}
`
}

beforeAll(async () => {
  world = await start((accountId) => settings(accountId, { namespace: 'first' }))
}, 120_000)

type Comment = { body: string; html_url: string }
type Issue = { number: number; title: string; body: string; state: string }
const comments = async (pull: number) => world.hub<Comment[]>(`/repos/owner/infra/issues/${pull}/comments`)
const issues = async (state: string) =>
  (await world.hub<(Issue & { pull_request?: object })[]>(`/repos/owner/infra/issues?state=${state}`)).filter(
    (issue) => issue.pull_request === undefined,
  )
const colourOf = async () => (await world.hub<{ color: string }>('/repos/owner/shop/labels/deploy')).color
const paint = async (color: string) => world.hub('/repos/owner/shop/labels/deploy', 'PATCH', { color })
/** The states that were applied, in order. */
async function applied(): Promise<string[]> {
  const answer = await world.server.call('/api/deployments?operation=apply', owner)
  const { deployments } = (await answer.json()) as { deployments: { state: string }[] }
  return deployments.map(({ state }) => state).toReversed()
}

/** Proposes settings in a pull request. @returns its number and its commit */
async function propose(branch: string, choice: Choice): Promise<{ number: number; sha: string }> {
  const sha = await world.push(branch, 'stacks/settings.ts', settings(world.account.account_id, choice))
  const title = `Change ${branch}`
  const { number } = await world.hub<{ number: number }>('/repos/owner/infra/pulls', 'POST', {
    title,
    head: branch,
    base: 'main',
  })
  return { number, sha }
}

/** Merges as one commit of its own, whose message and id no branch knew. */
async function merge(number: number): Promise<string> {
  const path = `/repos/owner/infra/pulls/${number}/merge`
  return (await world.hub<{ sha: string }>(path, 'PUT', { merge_method: 'squash' })).sha
}

/** Starts a workflow by hand, and waits for its end. */
async function dispatch(name: string, ref = 'main') {
  const { sha } = (await world.hub<{ commit: { sha: string } }>(`/repos/owner/infra/branches/${ref}`)).commit
  await world.hub(`/repos/owner/infra/actions/workflows/${name}.yml/dispatches`, 'POST', { ref })
  return world.ended(name, 'workflow_dispatch', sha)
}

const tell = async (path: string, method: string, json: object) => {
  const headers = { 'content-type': 'application/json' }
  const response = await world.server.call(path, owner, { method, headers, body: JSON.stringify(json) })
  expect(response.ok).toBe(true)
  return (await response.json()) as { deployment: { id: string } }
}

/** Records a plan that does nothing for a stack, as somebody who may report runs but is no run of the pull request. */
async function forge(stack: string): Promise<void> {
  const run = { run: `run-${randomBytes(16).toString('hex')}`, operation: 'plan', state: `throughline/${stack}` }
  const said = { command: 'terraform plan', actor: 'mallory', started_at: new Date().toISOString() }
  const { deployment } = await tell('/api/deployments', 'POST', { ...run, ...said })
  const nothing = { format_version: '1.2', applyable: false, resource_changes: [] }
  await tell(`/api/deployments/${deployment.id}/plan`, 'PUT', nothing)
  await tell(`/api/deployments/${deployment.id}`, 'PATCH', { status: 'success', exit_code: 0, duration_ms: 1 })
}

let begun: { number: number; sha: string }

test('a pull request is told its plans in one comment, without secrets', async () => {
  begun = await propose('begin', {})
  expect((await world.ended('plan', 'pull_request', begun.sha)).conclusion).toBe('success')
  const told = await comments(begun.number)
  expect(told).toHaveLength(1)
  const body = told[0]?.body ?? ''
  expect(body).toContain(`## Plan for ${begun.sha.slice(0, 7)}`)
  expect(body).toMatch(
    /\| cloudflare \| 7 to create \| \[deploy-[\d-]+\]\(http[^)]*\/api\/deployments\/deploy-[\d-]+\) \|/,
  )
  expect(body).toContain('| create | `github_issue_label.')
  expect(body).toContain('title: "kept"')
  expect(body).toContain('plaintext_value: "(sensitive)"')
  for (const hidden of [hush, world.account.api_token]) expect(body).not.toContain(hidden)
}, 400_000)

test('what was seen on the pull request is applied when it is merged, in order', async () => {
  await forge('cloudflare')
  const { conclusion, log } = await world.ended('apply', 'push', await merge(begun.number))
  expect(conclusion).toBe('success')
  expect(log).toContain(`Reviewed on #${begun.number}.`)
  expect(await applied()).toEqual(['throughline/cloudflare', 'throughline/github'])
  expect(await colourOf()).toBe('0052CC')
}, 400_000)

test('a run of a branch that no rule names gets no token, and does nothing', async () => {
  const { conclusion, log } = await dispatch('apply', 'begin')
  expect(conclusion).toBe('failure')
  expect(log).toContain('This identity is not accepted.')
  expect(log).not.toContain('npm run workflow -- reviewed')
}, 120_000)

test('what would do something else than was reviewed is refused, until somebody sees the new plan', async () => {
  const { number, sha } = await propose('green', { colour: '00FF00' })
  expect((await world.ended('plan', 'pull_request', sha)).conclusion).toBe('success')
  const [told] = await comments(number)
  expect(told?.body).toContain('| cloudflare | no changes |')
  expect(told?.body).toContain('"0052CC" → "00FF00"')

  await paint('ABCDEF')
  const refused = await world.ended('apply', 'push', await merge(number))
  expect(refused.conclusion).toBe('failure')
  expect(refused.log).toContain('github: this is not the plan that was reviewed')
  expect(refused.log).toMatch(/github_issue_label\.\S+: update, but not to the values that were reviewed\./)
  expect(await applied()).toHaveLength(2)
  expect(await colourOf()).toBe('ABCDEF')

  const byHand = await dispatch('apply')
  expect(byHand.conclusion).toBe('success')
  expect(byHand.log).toContain('Nobody has reviewed this on a pull request.')
  expect(byHand.log).toContain('"ABCDEF" → "00FF00"')
  expect(await colourOf()).toBe('00FF00')
  expect((await applied()).slice(2)).toEqual(['throughline/github'])
}, 400_000)

test('a stack that drifts has one open issue, until it does not drift any more', async () => {
  await paint('ABCDEF')
  expect((await dispatch('drift')).conclusion).toBe('success')
  const [opened, ...none] = await issues('open')
  expect(none).toEqual([])
  expect(opened).toMatchObject({ title: 'Drift in github' })
  expect(opened?.body).toContain('"ABCDEF" → "00FF00"')

  await paint('00FF00')
  await dispatch('drift')
  expect(await issues('open')).toEqual([])
  expect(await issues('closed')).toMatchObject([{ number: opened?.number }])
}, 400_000)
