import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'code' }
const tell = () => hub().octokit.rest
const encoded = (text: string) => Buffer.from(text).toString('base64')

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'code', auto_init: true })
})

describe('the database of git', () => {
  test('blobs, trees, commits, refs and tags are made one by one', async () => {
    const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
    const { data: blob } = await tell().git.createBlob({
      ...place,
      content: encoded('\u0000binary'),
      encoding: 'base64',
    })
    expect((await tell().git.getBlob({ ...place, file_sha: blob.sha })).data).toMatchObject({
      size: 7,
      encoding: 'base64',
    })
    const { data: inner } = await tell().git.createTree({
      ...place,
      tree: [{ path: 'deep', mode: '100644', type: 'blob', sha: blob.sha }],
    })
    const { data: base } = await tell().git.getCommit({ ...place, commit_sha: head.object.sha })
    const { data: tree } = await tell().git.createTree({
      ...place,
      base_tree: base.tree.sha,
      tree: [
        { path: 'sub', mode: '040000', type: 'tree', sha: inner.sha },
        { path: 'run.sh', mode: '100755', type: 'blob', content: '#!/bin/sh\n' },
        { path: 'README.md', mode: '100644', type: 'blob', sha: null },
      ],
    })
    const { data: listed } = await tell().git.getTree({ ...place, tree_sha: tree.sha, recursive: '1' })
    const lines = listed.tree.map(({ path, mode }) => `${mode} ${path}`)
    expect(lines).toEqual(expect.arrayContaining(['100755 run.sh', '040000 sub', '100644 sub/deep']))
    expect(lines).not.toContain('100644 README.md')
    const { data: commit } = await tell().git.createCommit({
      ...place,
      message: 'By hand',
      tree: tree.sha,
      parents: [head.object.sha],
    })
    expect(commit.verification).toMatchObject({ verified: false, reason: 'unsigned' })
    const { data: ref } = await tell().git.createRef({ ...place, ref: 'refs/heads/by-hand', sha: commit.sha })
    expect(ref).toMatchObject({ ref: 'refs/heads/by-hand', object: { type: 'commit', sha: commit.sha } })
    const { data: tag } = await tell().git.createTag({
      ...place,
      tag: 'v1',
      message: 'One',
      object: commit.sha,
      type: 'commit',
    })
    await tell().git.createRef({ ...place, ref: 'refs/tags/v1', sha: tag.sha })
    expect((await tell().git.getTag({ ...place, tag_sha: tag.sha })).data).toMatchObject({
      tag: 'v1',
      message: 'One',
      object: { sha: commit.sha },
    })
    expect((await tell().repos.listTags(place)).data).toMatchObject([{ name: 'v1', commit: { sha: commit.sha } }])
    expect((await tell().git.listMatchingRefs({ ...place, ref: 'heads/by' })).data).toHaveLength(1)
    await tell().git.deleteRef({ ...place, ref: 'tags/v1' })
    await expect(tell().git.getRef({ ...place, ref: 'tags/v1' })).rejects.toMatchObject({ status: 404 })
  })

  test.each([
    ['a ref that is there', 'refs/heads/main', null, 'Reference already exists'],
    ['a ref outside refs', 'heads/x', null, "Reference name must start with 'refs' and have at least two slashes."],
    ['a ref that git forbids', 'refs/heads/a..b', null, 'refs/heads/a..b is not a valid ref name.'],
    ['an object that is missing', 'refs/heads/x', '0'.repeat(40), 'Object does not exist'],
  ])('%s is refused', async (_what, ref, sha, message) => {
    const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
    await expect(tell().git.createRef({ ...place, ref, sha: sha ?? head.object.sha })).rejects.toMatchObject({
      status: 422,
      response: { data: { message } },
    })
  })

  test('history is not thrown away unless asked', async () => {
    const { data: head } = await tell().git.getRef({ ...place, ref: 'heads/main' })
    const { data: base } = await tell().git.getCommit({ ...place, commit_sha: head.object.sha })
    await tell().git.createRef({ ...place, ref: 'refs/heads/line', sha: head.object.sha })
    const { data: other } = await tell().git.createCommit({
      ...place,
      message: 'Elsewhere',
      tree: base.tree.sha,
      parents: [],
    })
    await expect(tell().git.updateRef({ ...place, ref: 'heads/line', sha: other.sha })).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'Update is not a fast forward' } },
    })
    expect(
      (await tell().git.updateRef({ ...place, ref: 'heads/line', sha: other.sha, force: true })).data.object.sha,
    ).toBe(other.sha)
    await expect(tell().git.updateRef({ ...place, ref: 'heads/none', sha: other.sha })).rejects.toMatchObject({
      status: 422,
    })
  })

  test('an empty repository has no database yet', async () => {
    await tell().repos.createForAuthenticatedUser({ name: 'empty' })
    const empty = { owner: 'owner', repo: 'empty' }
    await expect(tell().git.createBlob({ ...empty, content: 'x' })).rejects.toMatchObject({
      status: 409,
      response: { data: { message: 'Git Repository is empty.' } },
    })
    const { data } = await tell().repos.createOrUpdateFileContents({
      ...empty,
      path: 'a',
      message: 'First',
      content: '',
    })
    expect(data.commit.parents).toEqual([])
    expect((await tell().repos.listBranches(empty)).data).toHaveLength(1)
  })
})

describe('commits', () => {
  test('a commit shows what it changed, renames too', async () => {
    await tell().repos.createForAuthenticatedUser({ name: 'moves', auto_init: true })
    const at = { owner: 'owner', repo: 'moves' }
    const text = Array.from({ length: 30 }, (_, line) => `line ${line}\n`).join('')
    const { data: first } = await tell().repos.createOrUpdateFileContents({
      ...at,
      path: 'old.txt',
      message: 'Old',
      content: encoded(text),
    })
    const { data: base } = await tell().git.getCommit({ ...at, commit_sha: first.commit.sha ?? '' })
    const { data: tree } = await tell().git.createTree({
      ...at,
      base_tree: base.tree.sha,
      tree: [
        { path: 'old.txt', mode: '100644', type: 'blob', sha: null },
        { path: 'new.txt', mode: '100644', type: 'blob', content: `${text}and more\n` },
        {
          path: 'bin',
          mode: '100644',
          type: 'blob',
          sha: (await tell().git.createBlob({ ...at, content: encoded('\u0000\u0001'), encoding: 'base64' })).data.sha,
        },
      ],
    })
    const { data: made } = await tell().git.createCommit({
      ...at,
      message: 'Move',
      tree: tree.sha,
      parents: [base.sha],
    })
    await tell().git.updateRef({ ...at, ref: 'heads/main', sha: made.sha })
    const { data: commit } = await tell().repos.getCommit({ ...at, ref: 'main' })
    expect(commit.stats).toEqual({ total: 1, additions: 1, deletions: 0 })
    expect(commit.files).toMatchObject([
      { filename: 'bin', status: 'added', additions: 0 },
      {
        filename: 'new.txt',
        previous_filename: 'old.txt',
        status: 'renamed',
        additions: 1,
        patch: expect.stringContaining('+and more'),
      },
    ])
    expect(commit.author).toMatchObject({ login: 'owner' })
    const { data: diff } = await tell().repos.getCommit({ ...at, ref: 'main', mediaType: { format: 'diff' } })
    expect(diff).toEqual(expect.stringMatching(/rename from old\.txt[^]*\+and more\n$/))
    const { data: mail } = await tell().repos.getCommit({ ...at, ref: 'main', mediaType: { format: 'patch' } })
    expect(mail).toEqual(expect.stringMatching(/^From [0-9a-f]{40} [^]*rename from old\.txt/))
    const { data: sha } = await tell().repos.getCommit({
      ...at,
      ref: made.sha.slice(0, 10),
      mediaType: { format: 'sha' },
    })
    expect(sha).toBe(made.sha)
    expect((await tell().repos.listBranchesForHeadCommit({ ...at, commit_sha: made.sha })).data).toMatchObject([
      { name: 'main', protected: false },
    ])
    await expect(tell().repos.getCommit({ ...at, ref: 'nothing' })).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'No commit found for SHA: nothing' } },
    })
  })

  test('two lines are compared', async () => {
    const at = { owner: 'owner', repo: 'moves' }
    const { data: head } = await tell().git.getRef({ ...at, ref: 'heads/main' })
    await tell().git.createRef({ ...at, ref: 'refs/heads/side', sha: head.object.sha })
    expect((await tell().repos.compareCommitsWithBasehead({ ...at, basehead: 'main...side' })).data.status).toBe(
      'identical',
    )
    await tell().repos.createOrUpdateFileContents({ ...at, path: 's', branch: 'side', message: 'Side', content: '' })
    expect((await tell().repos.compareCommitsWithBasehead({ ...at, basehead: 'main...side' })).data).toMatchObject({
      status: 'ahead',
      ahead_by: 1,
      behind_by: 0,
      total_commits: 1,
      files: [{ filename: 's' }],
    })
    expect((await tell().repos.compareCommitsWithBasehead({ ...at, basehead: 'side...main' })).data).toMatchObject({
      status: 'behind',
      ahead_by: 0,
      behind_by: 1,
    })
    await tell().repos.createOrUpdateFileContents({ ...at, path: 'm', message: 'Main', content: '' })
    expect((await tell().repos.compareCommitsWithBasehead({ ...at, basehead: 'main...side' })).data).toMatchObject({
      status: 'diverged',
      ahead_by: 1,
      behind_by: 1,
    })
    await expect(tell().repos.compareCommitsWithBasehead({ ...at, basehead: 'main...none' })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('history is filtered', async () => {
    const at = { owner: 'owner', repo: 'moves' }
    const count = async (query: object) => (await tell().repos.listCommits({ ...at, ...query })).data.length
    expect(await count({ author: 'owner' })).toBeGreaterThan(2)
    expect(await count({ author: 'somebody@else.test' })).toBe(0)
    expect(await count({ until: '2000-01-01T00:00:00Z' })).toBe(0)
    expect(await count({ sha: 'side', per_page: 1 })).toBe(1)
    await expect(tell().repos.listCommits({ ...at, sha: 'none' })).rejects.toMatchObject({ status: 404 })
  })
})
