import { newUser, tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const closed = { owner: 'owner', repo: 'closed' }
let guest = ''
let ids: string[] = []

beforeAll(async () => {
  const { rest } = hub().octokit
  guest = await newUser(hub(), 'guest')
  const { data: repository } = await rest.repos.createForAuthenticatedUser({
    name: 'closed',
    private: true,
    auto_init: true,
  })
  const { data: issue } = await rest.issues.create({ ...closed, title: 'Between us', labels: ['bug'] })
  const { data: comment } = await rest.issues.createComment({ ...closed, issue_number: 1, body: 'x' })
  const { data: label } = await rest.issues.getLabel({ ...closed, name: 'bug' })
  const { data: release } = await rest.repos.createRelease({ ...closed, tag_name: 'v1' })
  const { data: branch } = await rest.repos.getBranch({ ...closed, branch: 'main' })
  ids = [repository, issue, comment, label, release, branch.commit].map(({ node_id }) => node_id)
})

test('what is private is not there for others, by name, by id and in lists', async () => {
  const query = `query ($ids: [ID!]!) {
    repository(owner: "owner", name: "closed") { name }
    nodes(ids: $ids) { __typename }
    user(login: "owner") { repositories(first: 9) { totalCount } issues(first: 9) { totalCount } }
    search(type: ISSUE, query: "between", first: 9) { issueCount }
    resource(url: "${hub().url}/owner/closed/issues/1") { url }
  }`
  const own = await hub().graphql(query, { ids })
  expect(own.errors).toBeUndefined()
  expect(own.data).toMatchObject({
    nodes: ids.map(() => ({})),
    user: { repositories: { totalCount: 1 }, issues: { totalCount: 1 } },
    search: { issueCount: 1 },
  })
  for (const token of [guest, await tokenOf(hub(), 'owner', ['public_repo'])]) {
    const { data, errors } = await hub().graphql(query, { ids }, token)
    expect(data).toEqual({
      repository: null,
      nodes: ids.map(() => null),
      user: { repositories: { totalCount: 0 }, issues: { totalCount: 0 } },
      search: { issueCount: 0 },
      resource: null,
    })
    expect(errors?.map(({ type }) => type)).toEqual(Array.from({ length: ids.length + 2 }, () => 'NOT_FOUND'))
  }
})

test('who may not change something is told so, or that it is not there', async () => {
  const { rest } = hub().octokit
  const { data: open } = await rest.repos.createForAuthenticatedUser({ name: 'open' })
  const { data: issue } = await rest.issues.create({ owner: 'owner', repo: 'open', title: 'Everybody’s' })
  const close = 'mutation ($id: ID!) { closeIssue(input: { issueId: $id }) { issue { state } } }'
  const hidden = await hub().graphql(close, { id: ids[1] }, guest)
  expect(hidden).toMatchObject({ data: { closeIssue: null }, errors: [{ type: 'NOT_FOUND', path: ['closeIssue'] }] })
  const refused = await hub().graphql(close, { id: issue.node_id }, guest)
  expect(refused.errors).toMatchObject([
    { type: 'FORBIDDEN', message: 'guest does not have the correct permissions to execute `CloseIssue`' },
  ])
  expect((await rest.issues.get({ owner: 'owner', repo: 'open', issue_number: 1 })).data.state).toBe('open')
  const rule = `mutation ($id: ID!) {
    createBranchProtectionRule(input: { repositoryId: $id, pattern: "main" }) { branchProtectionRule { id } } }`
  const ruled = await hub().graphql(rule, { id: open.node_id }, guest)
  expect(ruled.errors).toMatchObject([{ type: 'FORBIDDEN' }])
})
