import { newUser, tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const open = { owner: 'owner', repo: 'open' }
const closed = { owner: 'owner', repo: 'closed' }

beforeAll(async () => {
  const { rest } = hub().octokit
  await newUser(hub(), 'guest')
  await rest.repos.createForAuthenticatedUser({ name: 'open', auto_init: true, description: 'For everybody' })
  await rest.repos.createForAuthenticatedUser({ name: 'closed', private: true })
  await rest.issues.create({
    ...open,
    title: 'Queue is slow',
    body: 'since @guest pushed',
    labels: ['bug', 'good first issue'],
  })
  await rest.issues.create({ ...open, title: 'Write more', assignees: ['guest'] })
  await rest.issues.create({ ...closed, title: 'Queue of our own' })
  await rest.issues.createComment({ ...open, issue_number: 2, body: 'The queue needs words.' })
  await rest.issues.update({ ...open, issue_number: 2, state: 'closed', state_reason: 'not_planned' })
  const { data: main } = await rest.git.getRef({ ...open, ref: 'heads/main' })
  await rest.git.createRef({ ...open, ref: 'refs/heads/side', sha: main.object.sha })
  await rest.repos.createOrUpdateFileContents({ ...open, path: 'x', branch: 'side', message: 'x', content: '' })
  await rest.pulls.create({ ...open, title: 'Speed it up', head: 'side', base: 'main', draft: true })
})

async function titles(q: string, octokit = hub().octokit): Promise<string[]> {
  const { data } = await octokit.rest.search.issuesAndPullRequests({ q })
  expect(data.total_count).toBe(data.items.length)
  return data.items.map(({ title }) => title).toSorted()
}

test.each([
  ['queue', ['Queue is slow', 'Queue of our own', 'Write more']],
  ['queue in:title', ['Queue is slow', 'Queue of our own']],
  ['queue words', ['Write more']],
  ['"is slow"', ['Queue is slow']],
  ['queue repo:owner/open is:open', ['Queue is slow']],
  ['queue -repo:owner/open', ['Queue of our own']],
  ['repo:owner/open is:issue', ['Queue is slow', 'Write more']],
  ['user:owner is:pr', ['Speed it up']],
  ['is:pr draft:true head:side base:main is:unmerged', ['Speed it up']],
  ['is:merged', []],
  ['label:"good first issue" label:bug', ['Queue is slow']],
  ['is:issue -label:bug is:public', ['Write more']],
  ['no:label is:issue is:open', ['Queue of our own']],
  ['assignee:guest reason:"not planned"', ['Write more']],
  ['mentions:guest', ['Queue is slow']],
  ['involves:guest', ['Queue is slow', 'Write more']],
  ['author:@me is:closed', ['Write more']],
  ['commenter:@me', ['Write more']],
  ['created:<2020-01-01', []],
  ['created:2020-01-01..* is:pr', ['Speed it up']],
])('%s', async (q, expected) => {
  expect(await titles(q)).toEqual(expected)
})

test('nobody finds what they may not see', async () => {
  const guest = hub().client(await tokenOf(hub(), 'guest'))
  expect(await titles('queue', guest)).toEqual(['Queue is slow', 'Write more'])
  await expect(titles('repo:owner/closed queue', guest)).rejects.toMatchObject({
    status: 422,
    response: { data: { message: 'Validation Failed', errors: [{ resource: 'Search', field: 'q', code: 'invalid' }] } },
  })
  expect((await guest.rest.search.repos({ q: 'owner' })).data.items.map(({ name }) => name)).toEqual(['open'])
})

test('an empty search is refused, a long one comes in pages and in order', async () => {
  const { rest } = hub().octokit
  await expect(rest.search.issuesAndPullRequests({ q: ' ' })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ resource: 'Search', field: 'q', code: 'missing' }] } },
  })
  const { data, headers } = await rest.search.issuesAndPullRequests({
    q: 'user:owner',
    sort: 'created',
    order: 'asc',
    per_page: 3,
  })
  expect(data).toMatchObject({ total_count: 4, incomplete_results: false, items: [{ title: 'Queue is slow' }, {}, {}] })
  expect(headers.link).toContain('rel="next"')
  expect(headers['x-ratelimit-resource']).toBe('search')
  await expect(rest.search.repos({ q: 'x', per_page: 100, page: 11 })).rejects.toMatchObject({ status: 422 })
})

test('repositories are found by their words, topics and kind', async () => {
  const { rest } = hub().octokit
  const names = async (q: string) => (await rest.search.repos({ q })).data.items.map(({ name }) => name)
  await rest.repos.replaceAllTopics({ ...closed, names: ['infra'] })
  expect(await names('everybody')).toEqual(['open'])
  expect(await names('topic:infra user:owner')).toEqual(['closed'])
  expect(await names('is:public -topic:infra')).toEqual(['open'])
  expect(await names('user:nobody')).toEqual([])
})

test('GraphQL searches alike', async () => {
  const { data } = await hub().graphql(`{
    issues: search(type: ISSUE, query: "repo:owner/open queue", first: 1) {
      issueCount repositoryCount pageInfo { hasNextPage } nodes { ... on Issue { title } } }
    pulls: search(type: ISSUE, query: "is:pr", first: 5) { nodes { ... on PullRequest { title isDraft } } }
    repositories: search(type: REPOSITORY, query: "user:owner", first: 5) {
      repositoryCount nodes { ... on Repository { name } } }
    missing: search(type: ISSUE, query: "repo:owner/none", first: 5) { issueCount }
    people: search(type: USER, query: "owner", first: 5) { userCount }
  }`)
  expect(data).toEqual({
    issues: { issueCount: 2, repositoryCount: 0, pageInfo: { hasNextPage: true }, nodes: [{ title: 'Write more' }] },
    pulls: { nodes: [{ title: 'Speed it up', isDraft: true }] },
    repositories: { repositoryCount: 2, nodes: [{ name: 'closed' }, { name: 'open' }] },
    missing: { issueCount: 0 },
    people: { userCount: 0 },
  })
})
