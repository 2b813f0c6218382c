import { startHub } from '../testing/hub.ts'

const { hub } = startHub()

async function newRepository(name: string) {
  const { data } = await hub().octokit.rest.repos.createForAuthenticatedUser({ name, auto_init: true })
  return data
}

/** A mutation with its input; the answer is what it gives back, or the errors. */
async function mutate(name: string, input: Record<string, unknown>, result: string) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${result} } }`
  const { data, errors } = await hub().graphql(query, { input })
  return { ...data?.[name], errors }
}

describe('branch protection, as Terraform’s provider asks for it', () => {
  const parts = `id pattern isAdminEnforced dismissesStaleReviews requiresCodeOwnerReviews requiresApprovingReviews
    requiredApprovingReviewCount requiresStatusChecks requiresStrictStatusChecks requiredStatusCheckContexts
    restrictsPushes allowsDeletions allowsForcePushes lockBranch repository { id name }
    pushAllowances(first: 100) { nodes { actor { ... on User { id } } } }
    bypassForcePushAllowances(first: 100) { nodes { actor { __typename } } }`
  const wish = {
    pattern: 'main',
    isAdminEnforced: false,
    requiresApprovingReviews: true,
    requiredApprovingReviewCount: 0,
    dismissesStaleReviews: true,
    requiresStatusChecks: true,
    requiresStrictStatusChecks: true,
    requiredStatusCheckContexts: [],
  }

  test('is made, read by its id, found in the list, changed and deleted', async () => {
    const repository = await newRepository('protected')
    const make = { repositoryId: repository.node_id, ...wish }
    const { branchProtectionRule: rule } = await mutate(
      'createBranchProtectionRule',
      make,
      `branchProtectionRule { ${parts} }`,
    )
    expect(rule).toMatchObject({ ...wish, requiresCodeOwnerReviews: false, repository: { name: 'protected' } })
    const again = await mutate('createBranchProtectionRule', make, 'branchProtectionRule { id }')
    expect(again.errors).toMatchObject([{ type: 'UNPROCESSABLE', message: 'Name already protected: main' }])
    const change = { branchProtectionRuleId: rule.id, isAdminEnforced: true, requiresStatusChecks: false }
    const changed = await mutate('updateBranchProtectionRule', change, `branchProtectionRule { ${parts} }`)
    expect(changed.branchProtectionRule).toMatchObject({
      isAdminEnforced: true,
      requiresStatusChecks: false,
      dismissesStaleReviews: true,
    })
    const { data } = await hub().graphql(
      `query ($id: ID!) { node(id: $id) { ... on BranchProtectionRule { pattern matchingRefs(first: 5) { nodes { name } } } }
        repository(owner: "owner", name: "protected") { branchProtectionRules(first: 100) { nodes { id pattern } pageInfo { hasNextPage } } } }`,
      { id: rule.id },
    )
    expect(data.node).toEqual({ pattern: 'main', matchingRefs: { nodes: [{ name: 'main' }] } })
    expect(data.repository.branchProtectionRules.nodes).toEqual([{ id: rule.id, pattern: 'main' }])
    await mutate('deleteBranchProtectionRule', { branchProtectionRuleId: rule.id }, 'clientMutationId')
    const gone = await hub().graphql('query ($id: ID!) { node(id: $id) { id } }', { id: rule.id })
    expect(gone.errors).toMatchObject([{ type: 'NOT_FOUND' }])
  })

  test('is the protection that REST shows, and holds against REST', async () => {
    const repository = await newRepository('held')
    const target = { owner: 'owner', repo: 'held', branch: 'main' }
    await mutate(
      'createBranchProtectionRule',
      { repositoryId: repository.node_id, ...wish },
      'branchProtectionRule { id }',
    )
    const { data } = await hub().octokit.rest.repos.getBranchProtection(target)
    expect(data).toMatchObject({
      enforce_admins: { enabled: false },
      required_pull_request_reviews: { dismiss_stale_reviews: true },
    })
    await expect(
      hub().octokit.rest.git.deleteRef({ owner: 'owner', repo: 'held', ref: 'heads/main' }),
    ).rejects.toMatchObject({ status: 422 })
  })
})

test('a conversation: comment, lock, label, and the words for what is refused', async () => {
  const repository = await newRepository('talk')
  const { data: issue } = await hub().octokit.rest.issues.create({ owner: 'owner', repo: 'talk', title: 'One' })
  const said = await mutate(
    'addComment',
    { subjectId: issue.node_id, body: 'Hello' },
    'commentEdge { node { id body } }',
  )
  const comment = said.commentEdge.node
  const { data: read } = await hub().octokit.rest.issues.listComments({ owner: 'owner', repo: 'talk', issue_number: 1 })
  expect(read).toMatchObject([{ node_id: comment.id, body: 'Hello' }])
  const edited = await mutate('updateIssueComment', { id: comment.id, body: 'Good evening' }, 'issueComment { body }')
  expect(edited.issueComment.body).toBe('Good evening')
  await mutate('deleteIssueComment', { id: comment.id }, 'clientMutationId')
  const locked = await mutate(
    'lockLockable',
    { lockableId: issue.node_id, lockReason: 'TOO_HEATED' },
    'lockedRecord { locked activeLockReason }',
  )
  expect(locked.lockedRecord).toEqual({ locked: true, activeLockReason: 'TOO_HEATED' })
  const wish = { repositoryId: repository.node_id, name: 'urgent', color: 'ff0000' }
  const { label } = await mutate('createLabel', wish, 'label { id name }')
  expect((await mutate('createLabel', wish, 'label { id }')).errors).toMatchObject([
    { type: 'UNPROCESSABLE', message: 'Name has already been taken' },
  ])
  const labelled = await mutate(
    'addLabelsToLabelable',
    { labelableId: issue.node_id, labelIds: [label.id] },
    'labelable { ... on Issue { labels(first: 5) { nodes { name } } } }',
  )
  expect(labelled.labelable.labels.nodes).toEqual([{ name: 'urgent' }])
  expect((await mutate('addComment', { subjectId: issue.node_id, body: ' ' }, 'subject { id }')).errors).toMatchObject([
    { type: 'UNPROCESSABLE', message: "Body can't be blank" },
  ])
})

test('a pull request from its branch to its merge', async () => {
  const repository = await newRepository('pulls')
  const { data } = await hub().graphql(
    '{ repository(owner: "owner", name: "pulls") { defaultBranchRef { target { oid } } } }',
  )
  const { oid } = data.repository.defaultBranchRef.target
  await mutate('createRef', { repositoryId: repository.node_id, name: 'refs/heads/feature', oid }, 'ref { name }')
  await hub().octokit.rest.repos.createOrUpdateFileContents({
    owner: 'owner',
    repo: 'pulls',
    path: 'queue.tf',
    message: 'Add a queue',
    content: Buffer.from('queue').toString('base64'),
    branch: 'feature',
  })
  const wish = {
    repositoryId: repository.node_id,
    baseRefName: 'main',
    headRefName: 'feature',
    title: 'Queue',
    draft: true,
  }
  const { pullRequest: pull } = await mutate(
    'createPullRequest',
    wish,
    'pullRequest { id number isDraft mergeable files(first: 5) { nodes { path changeType } } commits(first: 5) { nodes { commit { message } } } }',
  )
  expect(pull).toMatchObject({
    number: 1,
    isDraft: true,
    mergeable: 'MERGEABLE',
    files: { nodes: [{ path: 'queue.tf', changeType: 'ADDED' }] },
    commits: { nodes: [{ commit: { message: 'Add a queue' } }] },
  })
  const early = await mutate('mergePullRequest', { pullRequestId: pull.id }, 'pullRequest { id }')
  expect(early.errors).toMatchObject([{ type: 'UNPROCESSABLE', message: 'Pull Request is still a draft' }])
  await mutate('markPullRequestReadyForReview', { pullRequestId: pull.id }, 'pullRequest { isDraft }')
  const review = { pullRequestId: pull.id, event: 'COMMENT', body: 'Fine' }
  expect(await mutate('addPullRequestReview', review, 'pullRequestReview { state body }')).toMatchObject({
    pullRequestReview: { state: 'COMMENTED', body: 'Fine' },
  })
  const merged = await mutate(
    'mergePullRequest',
    { pullRequestId: pull.id, mergeMethod: 'SQUASH' },
    'pullRequest { state merged mergeCommit { messageHeadline } }',
  )
  expect(merged.pullRequest).toEqual({
    state: 'MERGED',
    merged: true,
    mergeCommit: { messageHeadline: 'Add a queue (#1)' },
  })
})

test('a repository is made, starred, changed and archived', async () => {
  const { repository } = await mutate(
    'createRepository',
    { name: 'made', visibility: 'PRIVATE' },
    'repository { id nameWithOwner isPrivate }',
  )
  expect(repository).toMatchObject({ nameWithOwner: 'owner/made', isPrivate: true })
  const { starrable } = await mutate(
    'addStar',
    { starrableId: repository.id },
    'starrable { stargazerCount viewerHasStarred }',
  )
  expect(starrable).toEqual({ stargazerCount: 1, viewerHasStarred: true })
  await mutate(
    'updateRepository',
    { repositoryId: repository.id, description: 'New', hasWikiEnabled: false },
    'repository { id }',
  )
  await mutate('updateTopics', { repositoryId: repository.id, topicNames: ['terraform'] }, 'repository { id }')
  const { data } = await hub().octokit.rest.repos.get({ owner: 'owner', repo: 'made' })
  expect(data).toMatchObject({ description: 'New', has_wiki: false, topics: ['terraform'] })
  const archived = await mutate('archiveRepository', { repositoryId: repository.id }, 'repository { isArchived }')
  expect(archived.repository.isArchived).toBe(true)
  const late = await mutate('createIssue', { repositoryId: repository.id, title: 'Late' }, 'issue { id }')
  expect(late.errors).toMatchObject([{ type: 'FORBIDDEN', message: 'Repository was archived so is read-only.' }])
})
