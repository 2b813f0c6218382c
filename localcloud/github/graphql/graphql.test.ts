import { startHub } from '../testing/hub.ts'

const { hub, restart } = startHub()

async function newRepository(name: string) {
  const { data } = await hub().octokit.rest.repos.createForAuthenticatedUser({ name, auto_init: true })
  return data
}

async function newIssue(repo: string, title: string, more: { labels?: string[]; body?: string } = {}) {
  const { data } = await hub().octokit.rest.issues.create({ owner: hub().owner, repo, title, ...more })
  return data
}

async function askAs(headers: Record<string, string>) {
  return fetch(`${hub().url}/api/graphql`, { method: 'POST', headers, body: '{"query":"{viewer{id}}"}' })
}

test('octokit finds the viewer and a repository with its branch, files and history', async () => {
  await newRepository('infra')
  const found = await hub().octokit.graphql(
    `query ($owner: String!) {
      viewer { login isViewer }
      repository(owner: $owner, name: "infra") {
        nameWithOwner isPrivate viewerPermission isEmpty
        defaultBranchRef {
          name prefix
          target { ... on Commit { message tree { entries { name type } } history(first: 5) { totalCount nodes { messageHeadline author { user { login } } } } } }
        }
        object(expression: "HEAD:README.md") { ... on Blob { text isBinary } }
        discussions { totalCount }
      }
    }`,
    { owner: hub().owner },
  )
  expect(found).toEqual({
    viewer: { login: 'owner', isViewer: true },
    repository: {
      nameWithOwner: 'owner/infra',
      isPrivate: false,
      viewerPermission: 'ADMIN',
      isEmpty: false,
      defaultBranchRef: {
        name: 'main',
        prefix: 'refs/heads/',
        target: {
          message: 'Initial commit',
          tree: { entries: [{ name: 'README.md', type: 'blob' }] },
          history: {
            totalCount: 1,
            nodes: [{ messageHeadline: 'Initial commit', author: { user: { login: 'owner' } } }],
          },
        },
      },
      object: { text: '# infra\n', isBinary: false },
      discussions: { totalCount: 0 },
    },
  })
})

test('the node_id of REST is the id of GraphQL, for whatever has one', async () => {
  const repository = await newRepository('ids')
  const issue = await newIssue('ids', 'One', { labels: ['bug'] })
  const [label] = issue.labels.flatMap((each) => (typeof each === 'string' ? [] : [each]))
  const ids = [repository.node_id, repository.owner.node_id, issue.node_id, label?.node_id]
  const { data } = await hub().graphql('query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }', { ids })
  expect(data.nodes).toEqual([
    { id: repository.node_id, __typename: 'Repository' },
    { id: repository.owner.node_id, __typename: 'User' },
    { id: issue.node_id, __typename: 'Issue' },
    { id: label?.node_id, __typename: 'Label' },
  ])
})

describe('lists', () => {
  const page = `query ($first: Int, $last: Int, $after: String, $before: String) {
    repository(owner: "owner", name: "pages") {
      issues(first: $first, last: $last, after: $after, before: $before) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { number } edges { cursor }
      }
    }
  }`
  const ask = async (bounds: Record<string, unknown>) => {
    const { data, errors } = await hub().graphql(page, bounds)
    const issues = data?.repository?.issues
    return { errors, issues, numbers: issues?.nodes.map(({ number }: { number: number }) => number) }
  }

  beforeAll(async () => {
    await newRepository('pages')
    for (let number = 1; number <= 5; number += 1) await newIssue('pages', `Issue ${number}`)
  })

  test('are walked forwards and backwards by their cursors', async () => {
    const first = await ask({ first: 2 })
    expect(first.numbers).toEqual([1, 2])
    expect(first.issues.totalCount).toBe(5)
    const second = await ask({ first: 2, after: first.issues.pageInfo.endCursor })
    expect(second.numbers).toEqual([3, 4])
    expect(second.issues.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
    const back = await ask({ last: 2, before: second.issues.pageInfo.startCursor })
    expect(back.numbers).toEqual([1, 2])
    expect((await ask({ last: 2 })).numbers).toEqual([4, 5])
    expect((await ask({ first: 9, after: (await ask({ last: 1 })).issues.pageInfo.endCursor })).numbers).toEqual([])
  })

  test('are walked to the end by the paginate plugin', async () => {
    const all = await hub().octokit.graphql.paginate(
      `query ($cursor: String) {
        repository(owner: "owner", name: "pages") {
          issues(first: 2, after: $cursor) { nodes { number } pageInfo { hasNextPage endCursor } }
        }
      }`,
    )
    expect(all.repository.issues.nodes).toHaveLength(5)
  })

  test('keep their place when an item before the cursor goes away', async () => {
    const { issues } = await ask({ first: 3 })
    const { data } = await hub().graphql('{ repository(owner: "owner", name: "pages") { issue(number: 2) { id } } }')
    await hub().graphql('mutation ($id: ID!) { deleteIssue(input: { issueId: $id }) { clientMutationId } }', {
      id: data.repository.issue.id,
    })
    expect((await ask({ first: 2, after: issues.pageInfo.endCursor })).numbers).toEqual([4, 5])
  })

  test.each([
    [
      {},
      'MISSING_PAGINATION_BOUNDARIES',
      'You must provide a `first` or `last` value to properly paginate the `issues` connection.',
    ],
    [
      { first: 101 },
      'EXCESSIVE_PAGINATION',
      'Requesting 101 records on the `issues` connection exceeds the `first` limit of 100 records.',
    ],
    [{ first: 1, after: 'nonsense' }, 'INVALID_CURSOR_ARGUMENTS', '`nonsense` does not appear to be a valid cursor.'],
  ])('refuse %j', async (bounds, type, message) => {
    const { errors } = await ask(bounds)
    expect(errors).toMatchObject([{ type, message, path: ['repository', 'issues'] }])
  })
})

test('issues are made, changed, closed and opened as through REST, and webhooks hear of it', async () => {
  const repository = await newRepository('work')
  const { data: made } = await hub().graphql(
    `mutation ($repositoryId: ID!) {
      createIssue(input: { repositoryId: $repositoryId, title: "Add a queue", body: "Now.", clientMutationId: "mine" }) {
        clientMutationId issue { id number state author { login } }
      }
    }`,
    { repositoryId: repository.node_id },
  )
  expect(made.createIssue).toMatchObject({ clientMutationId: 'mine', issue: { number: 1, state: 'OPEN' } })
  const { id } = made.createIssue.issue
  await hub().graphql('mutation ($id: ID!) { updateIssue(input: { id: $id, title: "Add two" }) { issue { id } } }', {
    id,
  })
  const { data: closed } = await hub().graphql(
    'mutation ($id: ID!) { closeIssue(input: { issueId: $id, stateReason: NOT_PLANNED }) { issue { state stateReason } } }',
    { id },
  )
  expect(closed.closeIssue.issue).toEqual({ state: 'CLOSED', stateReason: 'NOT_PLANNED' })
  const { data: issue } = await hub().octokit.rest.issues.get({ owner: 'owner', repo: 'work', issue_number: 1 })
  expect(issue).toMatchObject({ title: 'Add two', state: 'closed', state_reason: 'not_planned', node_id: id })
  await hub().graphql('mutation ($id: ID!) { reopenIssue(input: { issueId: $id }) { issue { state } } }', { id })
})

describe('errors come with 200 and GitHub’s own words', () => {
  test.each([
    [
      '{ repository(owner: "owner", name: "none") { id } }',
      'NOT_FOUND',
      "Could not resolve to a Repository with the name 'owner/none'.",
    ],
    ['{ user(login: "nobody") { id } }', 'NOT_FOUND', "Could not resolve to a User with the login of 'nobody'."],
    [
      '{ organization(login: "owner") { id } }',
      'NOT_FOUND',
      "Could not resolve to an Organization with the login of 'owner'.",
    ],
    ['{ node(id: "I_kgDOf") { id } }', 'NOT_FOUND', "Could not resolve to a node with the global id of 'I_kgDOf'"],
    [
      'mutation { pinIssue(input: { issueId: "x" }) { issue { id } } }',
      'NOT_IMPLEMENTED',
      '`pinIssue` of Mutation is not part of the local GitHub.',
    ],
  ])('%s', async (query, type, message) => {
    const { status, errors } = await hub().graphql(query)
    expect({ status, errors }).toMatchObject({ status: 200, errors: [{ type, message }] })
  })

  test.each([
    ['{ nothing }', "Field 'nothing' doesn't exist on type 'Query'"],
    [
      '{ viewer }',
      "Field must have selections (field 'viewer' returns User but has no selections. Did you mean 'viewer { ... }'?)",
    ],
    ['{ repository(owner: "owner") { id } }', "Field 'repository' is missing required arguments: name"],
    ['{ viewer(login: "x") { id } }', "Field 'viewer' doesn't accept argument 'login'"],
    [
      'query ($login: String!) { user(login: $login) { id } }',
      'Variable $login of type String! was provided invalid value',
    ],
    ['{ viewer { ', 'Parse error on end of document at [1, 12]'],
    ['', 'A query attribute must be specified and must be a string.'],
  ])('%s', async (query, message) => {
    const { status, data, errors } = await hub().graphql(query)
    expect({ status, data, errors }).toMatchObject({ status: 200, data: undefined, errors: [{ message }] })
  })

  test('fields with one name and different types may meet where only one can apply', async () => {
    await newRepository('meeting')
    await newIssue('meeting', 'One')
    const { data, errors } = await hub().graphql(
      `{ repository(owner: "owner", name: "meeting") {
        issueOrPullRequest(number: 1) { ... on Issue { state } ... on PullRequest { state: isDraft } }
      } }`,
    )
    expect(errors).toBeUndefined()
    expect(data.repository.issueOrPullRequest).toEqual({ state: 'OPEN' })
  })
})

test('without a token there is nothing to see, and with a wrong one neither', async () => {
  const anonymous = await askAs({})
  expect([anonymous.status, (await anonymous.json()).message]).toEqual([
    401,
    'This endpoint requires you to be authenticated.',
  ])
  const wrong = await askAs({ authorization: 'bearer ghp_wrong' })
  expect([wrong.status, (await wrong.json()).message]).toEqual([401, 'Bad credentials'])
})

test('what was said through GraphQL outlives a restart', async () => {
  const repository = await newRepository('kept')
  const { data } = await hub().graphql(
    'mutation ($id: ID!) { createIssue(input: { repositoryId: $id, title: "Stay" }) { issue { id } } }',
    { id: repository.node_id },
  )
  await restart()
  const again = await hub().graphql(
    'query ($id: ID!) { node(id: $id) { ... on Issue { title } } }',
    data.createIssue.issue,
  )
  expect(again.data.node.title).toBe('Stay')
})
