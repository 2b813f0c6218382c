import { startHub } from '../testing/hub.ts'
import { matches } from './queries.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'guarded' }
const main = { ...place, branch: 'main' }
const tell = () => hub().octokit.rest

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'guarded', auto_init: true })
})

test.each([
  ['main', 'main', true],
  ['main', 'mai', false],
  ['release/1', 'release/*', true],
  ['release/1/2', 'release/*', false],
  ['release/1/2', 'release/**', true],
  ['v1', 'v[0-9]', true],
  ['vx', 'v[!0-9]', true],
  ['a+b', 'a+b', true],
])('%s is matched by %s: %p', (branch, pattern, expected) => {
  expect(matches(branch, pattern)).toBe(expected)
})

test('a branch is shown, missed and renamed', async () => {
  const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
  await tell().git.createRef({ ...place, ref: 'refs/heads/feature/one', sha: head.object.sha })
  expect((await tell().repos.listBranches(place)).data.map(({ name }) => name)).toEqual(['feature/one', 'main'])
  expect((await tell().repos.getBranch({ ...place, branch: 'feature/one' })).data).toMatchObject({
    name: 'feature/one',
    protected: false,
  })
  await expect(tell().repos.getBranch({ ...place, branch: 'none' })).rejects.toMatchObject({
    status: 404,
    response: { data: { message: 'Branch not found' } },
  })
  expect(
    (await tell().repos.renameBranch({ ...place, branch: 'feature/one', new_name: 'feature/two' })).data.name,
  ).toBe('feature/two')
  expect((await tell().repos.listBranches(place)).data.map(({ name }) => name)).toEqual(['feature/two', 'main'])
})

test('protection is set whole, changed by its parts, and lifted', async () => {
  await expect(tell().repos.getBranchProtection(main)).rejects.toMatchObject({
    status: 404,
    response: { data: { message: 'Branch not protected' } },
  })
  const { data: made } = await tell().repos.updateBranchProtection({
    ...main,
    required_status_checks: { strict: true, contexts: ['ci'] },
    enforce_admins: false,
    required_pull_request_reviews: { dismiss_stale_reviews: true, required_approving_review_count: 0 },
    restrictions: { users: ['owner'], teams: [] },
    required_linear_history: true,
  })
  expect(made).toMatchObject({
    required_status_checks: { strict: true, contexts: ['ci'] },
    enforce_admins: { enabled: false },
    required_pull_request_reviews: { dismiss_stale_reviews: true, required_approving_review_count: 0 },
    required_linear_history: { enabled: true },
    allow_force_pushes: { enabled: false },
  })
  expect((await tell().repos.getBranch(main)).data.protected).toBe(true)
  expect((await tell().repos.listBranches({ ...place, protected: true })).data.map(({ name }) => name)).toEqual([
    'main',
  ])
  expect((await tell().repos.setAdminBranchProtection(main)).data.enabled).toBe(true)
  expect((await tell().repos.getAdminBranchProtection(main)).data.enabled).toBe(true)
  await tell().repos.deleteAdminBranchProtection(main)
  expect(
    (await tell().repos.updatePullRequestReviewProtection({ ...main, required_approving_review_count: 2 })).data,
  ).toMatchObject({ dismiss_stale_reviews: true, required_approving_review_count: 2 })
  expect((await tell().repos.addStatusCheckContexts({ ...main, contexts: ['lint'] })).data).toEqual(['ci', 'lint'])
  expect((await tell().repos.removeStatusCheckContexts({ ...main, contexts: ['ci'] })).data).toEqual(['lint'])
  expect((await tell().repos.setStatusCheckContexts({ ...main, contexts: ['x'] })).data).toEqual(['x'])
  expect((await tell().repos.getStatusChecksProtection(main)).data.contexts).toEqual(['x'])
  await tell().repos.removeStatusCheckProtection(main)
  await expect(tell().repos.getAllStatusCheckContexts(main)).rejects.toMatchObject({ status: 404 })
  await tell().repos.deletePullRequestReviewProtection(main)
  await tell().repos.deleteAccessRestrictions(main)
  expect((await tell().repos.createCommitSignatureProtection(main)).data.enabled).toBe(true)
  await tell().repos.deleteCommitSignatureProtection(main)
  const { data: left } = await tell().repos.getBranchProtection(main)
  expect(left).not.toHaveProperty('required_pull_request_reviews')
  await tell().repos.deleteBranchProtection(main)
  expect((await tell().repos.getBranch(main)).data.protected).toBe(false)
})

async function message(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error) => `${error.status} ${error.response.data.message}`,
  )
}

test('the API is held to protection as a push is', async () => {
  const bare = {
    required_status_checks: null,
    enforce_admins: true,
    required_pull_request_reviews: null,
    restrictions: null,
  }
  const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
  const { data: commit } = await tell().git.getCommit({ ...place, commit_sha: head.object.sha })
  const { data: other } = await tell().git.createCommit({
    ...place,
    message: 'Other',
    tree: commit.tree.sha,
    parents: [],
  })
  const file = { ...place, path: 'x', message: 'x', content: '' }
  await tell().repos.updateBranchProtection({ ...main, ...bare })
  expect(await message(tell().git.updateRef({ ...place, ref: 'heads/main', sha: other.sha, force: true }))).toBe(
    '422 Cannot force-push to this branch',
  )
  await tell().repos.updateBranchProtection({ ...main, ...bare, required_pull_request_reviews: {} })
  expect(await message(tell().repos.createOrUpdateFileContents(file))).toBe(
    '409 Changes must be made through a pull request.',
  )
  await tell().repos.updateBranchProtection({ ...main, ...bare, lock_branch: true })
  expect(await message(tell().repos.createOrUpdateFileContents(file))).toBe('409 Cannot change this locked branch')
  await tell().repos.updateBranchProtection({
    ...main,
    ...bare,
    required_status_checks: { strict: false, contexts: ['ci'] },
  })
  expect(await message(tell().repos.createOrUpdateFileContents(file))).toBe(
    '409 Required status check "ci" is expected.',
  )
  await tell().repos.updateBranchProtection({ ...main, ...bare, required_linear_history: true })
  await tell().git.createRef({ ...place, ref: 'refs/heads/side', sha: head.object.sha })
  await tell().repos.createOrUpdateFileContents({ ...file, branch: 'side' })
  await tell().repos.createOrUpdateFileContents({ ...file, path: 'y' })
  expect(await message(tell().repos.merge({ ...place, base: 'main', head: 'side' }))).toBe(
    '409 This branch must not contain merge commits.',
  )
  await tell().repos.updateBranchProtection({ ...main, ...bare })
  await tell().repos.createCommitSignatureProtection(main)
  expect(await message(tell().repos.createOrUpdateFileContents({ ...file, path: 'z' }))).toBe(
    '409 Commits must have verified signatures.',
  )
  const { data: tip } = await tell().git.getRef({ ...place, ref: 'heads/main' })
  const parents = [tip.object.sha]
  const { data: signed } = await tell().git.createCommit({
    ...place,
    message: 'Signed',
    tree: commit.tree.sha,
    parents,
    signature: '-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----',
  })
  expect(await message(tell().git.updateRef({ ...place, ref: 'heads/main', sha: signed.sha }))).toBe('done')
  await tell().repos.updateBranchProtection({ ...main, ...bare, allow_force_pushes: true })
  expect(await message(tell().git.updateRef({ ...place, ref: 'heads/main', sha: other.sha, force: true }))).toBe('done')
  expect(await message(tell().git.deleteRef({ ...place, ref: 'heads/main' }))).toBe(
    '422 Cannot delete the default branch',
  )
})
