import { callLocal, eventsIn, newUser, openPull, write } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'code' }
const tell = () => hub().octokit.rest

const open = (branch: string, more: object = {}) => openPull(hub(), place, branch, more)
const writeFile = (branch: string, path: string, content: string) => write(hub(), place, branch, path, content)

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'code', auto_init: true })
  await newUser(hub(), 'helper')
  await tell().repos.addCollaborator({ ...place, username: 'helper', permission: 'push' })
})

test('a pull request knows what it brings', async () => {
  const key = await open('first', { body: 'why' })
  const { data } = await tell().pulls.get(key)
  expect(data).toMatchObject({
    state: 'open',
    merged: false,
    mergeable: true,
    mergeable_state: 'clean',
    commits: 1,
    additions: 1,
    deletions: 0,
    changed_files: 1,
    head: { label: 'owner:first', ref: 'first' },
    base: { label: 'owner:main', ref: 'main' },
  })
  expect((await tell().pulls.listFiles(key)).data).toMatchObject([
    { filename: 'first.txt', status: 'added', patch: '@@ -0,0 +1 @@\n+first' },
  ])
  expect((await tell().pulls.listCommits(key)).data).toMatchObject([{ commit: { message: 'Write first.txt' } }])
  const { data: diff } = await tell().pulls.get({ ...key, mediaType: { format: 'diff' } })
  expect(diff).toEqual(expect.stringMatching(/\+\+\+ b\/first\.txt[^]*\n$/))
  const { data: patch } = await tell().pulls.get({ ...key, mediaType: { format: 'patch' } })
  expect(patch).toEqual(expect.stringContaining('Subject: [PATCH] Write first.txt'))
  expect((await tell().issues.get({ ...place, issue_number: key.pull_number })).data).toMatchObject({
    pull_request: { merged_at: null },
    node_id: data.node_id,
  })
  expect((await tell().pulls.list({ ...place, head: 'owner:first' })).data).toHaveLength(1)
  expect(
    (await tell().repos.listPullRequestsAssociatedWithCommit({ ...place, commit_sha: data.head.sha })).data,
  ).toMatchObject([{ number: key.pull_number }])
})

test('strangers cannot be merged', async () => {
  const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
  const { data: commit } = await tell().git.getCommit({ ...place, commit_sha: head.object.sha })
  const { data: root } = await tell().git.createCommit({ ...place, message: 'x', tree: commit.tree.sha, parents: [] })
  await tell().git.createRef({ ...place, ref: 'refs/heads/strange', sha: root.sha })
  const message = 'The main branch has no history in common with strange'
  await expect(tell().pulls.create({ ...place, title: 'x', head: 'strange', base: 'main' })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message }] } },
  })
  await expect(tell().repos.merge({ ...place, base: 'main', head: 'strange' })).rejects.toMatchObject({ status: 409 })
})

test.each([
  ['a head that is not there', { head: 'none', base: 'main' }, { field: 'head', code: 'invalid' }],
  ['a base that is not there', { head: 'first', base: 'none' }, { field: 'base', code: 'invalid' }],
  ['no difference', { head: 'main', base: 'main' }, { message: 'No commits between main and main' }],
  ['a twin', { head: 'first', base: 'main' }, { message: 'A pull request already exists for owner:first.' }],
])('%s is refused', async (_what, wish, error) => {
  await expect(tell().pulls.create({ ...place, title: 'x', ...wish })).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [error] } },
  })
})

test.each([
  ['merge', 2, 'Merge pull request #'],
  ['squash', 1, 'The by-squash (#'],
  ['rebase', 1, 'Write by-rebase.txt'],
] as const)('%s is done by real git, and closes what the text says', async (merge_method, parents, message) => {
  const { data: issue } = await tell().issues.create({ ...place, title: `For ${merge_method}` })
  const branch = `by-${merge_method}`
  await writeFile(branch, `${branch}-2.txt`, 'x')
  const key = await open(branch, { body: `Resolves #${issue.number}` })
  await writeFile('main', `${branch}-main.txt`, 'beside')
  const { data: merged } = await tell().pulls.merge({ ...key, merge_method })
  expect(merged).toMatchObject({ merged: true, message: 'Pull Request successfully merged' })
  const { data: commit } = await tell().git.getCommit({ ...place, commit_sha: merged.sha })
  expect(commit.parents).toHaveLength(parents)
  expect(commit.message.startsWith(message)).toBe(true)
  const { data: after } = await tell().pulls.get(key)
  expect(after).toMatchObject({
    state: 'closed',
    merged: true,
    merge_commit_sha: merged.sha,
    merged_by: { login: 'owner' },
  })
  expect((await tell().git.getRef({ ...place, ref: 'heads/main' })).data.object.sha).toBe(merged.sha)
  expect((await tell().pulls.checkIfMerged(key)).status).toBe(204)
  expect((await tell().issues.get({ ...place, issue_number: issue.number })).data.state).toBe('closed')
  await expect(tell().pulls.merge(key)).rejects.toMatchObject({ status: 405 })
  for (const file of [`${branch}.txt`, `${branch}-2.txt`, `${branch}-main.txt`]) {
    expect((await tell().repos.getContent({ ...place, path: file })).status).toBe(200)
  }
  const closing = eventsIn(hub(), 'pull_request').filter(
    ({ action, body }) => action === 'closed' && body.number === key.pull_number,
  )
  expect(closing).toMatchObject([{ body: { pull_request: { merged: true, merge_commit_sha: merged.sha } } }])
})

test('what conflicts is not merged', async () => {
  const key = await open('quarrel')
  await writeFile('main', 'quarrel.txt', 'something else\n')
  expect((await tell().pulls.get(key)).data).toMatchObject({ mergeable: false, mergeable_state: 'dirty' })
  await expect(tell().pulls.merge(key)).rejects.toMatchObject({
    status: 405,
    response: { data: { message: 'Pull Request is not mergeable' } },
  })
  await writeFile('quarrel', 'quarrel.txt', 'something else\n')
  await writeFile('quarrel', 'peace.txt', 'x')
  expect((await tell().pulls.get(key)).data.mergeable).toBe(true)
})

test('a push to its branch is heard of, and a stale merge refused', async () => {
  const key = await open('growing')
  const before = (await tell().pulls.get(key)).data.head.sha
  const after = await writeFile('growing', 'more.txt', 'x')
  expect((await tell().pulls.get(key)).data).toMatchObject({ commits: 2, changed_files: 2, head: { sha: after } })
  const [heard] = eventsIn(hub(), 'pull_request').filter(
    ({ action, body }) => action === 'synchronize' && body.number === key.pull_number,
  )
  expect(heard).toMatchObject({ body: { before, after } })
  await expect(tell().pulls.merge({ ...key, sha: before })).rejects.toMatchObject({
    status: 409,
    response: { data: { message: 'Head branch was modified. Review and try the merge again.' } },
  })
})

test('its branch may be brought up to date, and goes after the merge when the repository is so', async () => {
  await tell().repos.update({ ...place, delete_branch_on_merge: true })
  const key = await open('late')
  await writeFile('main', 'meanwhile.txt', 'x')
  expect((await tell().pulls.updateBranch(key)).status).toBe(202)
  expect((await tell().pulls.get(key)).data.commits).toBe(2)
  await expect(tell().pulls.updateBranch(key)).rejects.toMatchObject({ status: 422 })
  await tell().pulls.merge(key)
  await expect(tell().repos.getBranch({ ...place, branch: 'late' })).rejects.toMatchObject({ status: 404 })
  expect((await tell().pulls.get(key)).data).toMatchObject({ merged: true })
  await tell().repos.update({ ...place, delete_branch_on_merge: false })
})

test('it ends with its branch, and with a merge by hand', async () => {
  const gone = await open('gone')
  await tell().git.deleteRef({ ...place, ref: 'heads/gone' })
  expect((await tell().pulls.get(gone)).data).toMatchObject({ state: 'closed', merged: false })
  await expect(tell().pulls.update({ ...gone, state: 'open' })).rejects.toMatchObject({ status: 422 })
  const manual = await open('manual')
  const { data: merge } = await tell().repos.merge({ ...place, base: 'main', head: 'manual' })
  expect((await tell().pulls.get(manual)).data).toMatchObject({
    state: 'closed',
    merged: true,
    merge_commit_sha: merge.sha,
  })
  expect((await tell().repos.merge({ ...place, base: 'main', head: 'manual' })).status).toBe(204)
  await expect(tell().repos.merge({ ...place, base: 'main', head: 'none' })).rejects.toMatchObject({ status: 404 })
  await writeFile('clash', 'same.txt', 'one')
  await writeFile('main', 'same.txt', 'two')
  await expect(tell().repos.merge({ ...place, base: 'main', head: 'clash' })).rejects.toMatchObject({ status: 409 })
})

test('it is retitled, rebased onto another branch, closed and reopened', async () => {
  await writeFile('stable', 'stable.txt', 's')
  const key = await open('movable')
  expect((await tell().pulls.update({ ...key, title: 'Better', base: 'stable' })).data).toMatchObject({
    title: 'Better',
    base: { ref: 'stable' },
  })
  expect((await tell().pulls.update({ ...key, state: 'closed' })).data.state).toBe('closed')
  expect((await tell().pulls.update({ ...key, state: 'open' })).data.state).toBe('open')
  await tell().repos.update({ ...place, allow_rebase_merge: false })
  await expect(tell().pulls.merge({ ...key, merge_method: 'rebase' })).rejects.toMatchObject({
    status: 405,
    response: { data: { message: 'Rebase merges are not allowed on this repository.' } },
  })
  const draft = await open('sketch', { draft: true })
  expect((await tell().pulls.get(draft)).data).toMatchObject({ draft: true, mergeable_state: 'draft' })
  await expect(tell().pulls.merge(draft)).rejects.toMatchObject({ status: 405 })
})

test('a fork asks, and is merged', async () => {
  await callLocal(hub(), '/admin/organizations', { login: 'forkers', admin: 'owner' })
  await tell().repos.createFork({ ...place, organization: 'forkers' })
  const fork = { owner: 'forkers', repo: 'code' }
  const { data: main } = await tell().git.getRef({ ...fork, ref: 'heads/main' })
  await tell().git.createRef({ ...fork, ref: 'refs/heads/gift', sha: main.object.sha })
  const encoded = Buffer.from('x').toString('base64')
  await tell().repos.createOrUpdateFileContents({
    ...fork,
    path: 'gift.txt',
    branch: 'gift',
    message: 'Give',
    content: encoded,
  })
  const { data: pull } = await tell().pulls.create({ ...place, title: 'A gift', head: 'forkers:gift', base: 'main' })
  expect(pull.head).toMatchObject({ label: 'forkers:gift', repo: { full_name: 'forkers/code', fork: true } })
  await tell().repos.createOrUpdateFileContents({
    ...fork,
    path: 'more.txt',
    branch: 'gift',
    message: 'Give more',
    content: encoded,
  })
  const key = { ...place, pull_number: pull.number }
  expect((await tell().pulls.get(key)).data.commits).toBe(2)
  expect((await tell().pulls.merge(key)).data.merged).toBe(true)
  expect((await tell().repos.getContent({ ...place, path: 'gift.txt' })).status).toBe(200)
})
