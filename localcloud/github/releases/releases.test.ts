import { tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub, restart } = startHub()

const place = { owner: 'owner', repo: 'shipped' }

beforeAll(async () => {
  await hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'shipped', auto_init: true })
})

async function asOther() {
  const call = (path: string, body: unknown) =>
    fetch(`${hub().url}/_local/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub().token}` },
      body: JSON.stringify(body),
    })
  await call('users', { login: 'reader' })
  const { token } = await (await call('tokens', { login: 'reader' })).json()
  return hub().client(token)
}

test('a release makes its tag, is the latest, and is found by its tag', async () => {
  const { octokit } = hub()
  const { data: release } = await octokit.rest.repos.createRelease({
    ...place,
    tag_name: 'v1.0.0',
    name: 'One',
    body: 'First',
  })
  expect(release).toMatchObject({ tag_name: 'v1.0.0', target_commitish: 'main', draft: false, prerelease: false })
  const { data: tag } = await octokit.rest.git.getRef({ ...place, ref: 'tags/v1.0.0' })
  const { data: branch } = await octokit.rest.repos.getBranch({ ...place, branch: 'main' })
  expect(tag.object.sha).toBe(branch.commit.sha)
  expect((await octokit.rest.repos.getLatestRelease(place)).data.id).toBe(release.id)
  expect((await octokit.rest.repos.getReleaseByTag({ ...place, tag: 'v1.0.0' })).data.id).toBe(release.id)
  const twin = octokit.rest.repos.createRelease({ ...place, tag_name: 'v1.0.0' })
  await expect(twin).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }] } },
  })
})

test('a draft is seen by those who may push, makes its tag when it is published, and keeps it when deleted', async () => {
  const { octokit } = hub()
  const { data: draft } = await octokit.rest.repos.createRelease({ ...place, tag_name: 'v2.0.0', draft: true })
  expect(draft).toMatchObject({ draft: true, published_at: null })
  await expect(octokit.rest.git.getRef({ ...place, ref: 'tags/v2.0.0' })).rejects.toMatchObject({ status: 404 })
  const other = await asOther()
  await expect(other.rest.repos.getRelease({ ...place, release_id: draft.id })).rejects.toMatchObject({ status: 404 })
  await expect(other.rest.repos.createRelease({ ...place, tag_name: 'v9' })).rejects.toMatchObject({ status: 403 })
  await octokit.rest.repos.updateRelease({ ...place, release_id: draft.id, draft: false, prerelease: true })
  await octokit.rest.git.getRef({ ...place, ref: 'tags/v2.0.0' })
  expect((await octokit.rest.repos.getLatestRelease(place)).data.tag_name).toBe('v1.0.0')
  await octokit.rest.repos.deleteRelease({ ...place, release_id: draft.id })
  await octokit.rest.git.getRef({ ...place, ref: 'tags/v2.0.0' })
  await expect(octokit.rest.repos.getReleaseByTag({ ...place, tag: 'v2.0.0' })).rejects.toMatchObject({ status: 404 })
})

test('a release that becomes a draft again is published no longer', async () => {
  const { octokit } = hub()
  const { data: release } = await octokit.rest.repos.createRelease({ ...place, tag_name: 'v3.0.0' })
  const change = { ...place, release_id: release.id }
  const { data: draft } = await octokit.rest.repos.updateRelease({ ...change, draft: true })
  expect(draft).toMatchObject({ draft: true, published_at: null })
  const { data: again } = await octokit.rest.repos.updateRelease({ ...change, draft: false })
  expect(again.published_at).not.toBeNull()
  await octokit.rest.repos.deleteRelease(change)
})

test('GraphQL tells of releases, of drafts only to those who may push', async () => {
  const { octokit, graphql } = hub()
  const { data: draft } = await octokit.rest.repos.createRelease({
    ...place,
    tag_name: 'v4',
    name: 'Four',
    draft: true,
  })
  const query = `{ repository(owner: "owner", name: "shipped") {
    releases(first: 5, orderBy: { field: CREATED_AT, direction: DESC }) { totalCount nodes { tagName isDraft isLatest } }
    latestRelease { tagName publishedAt url author { login } tag { name } tagCommit { message } }
    release(tagName: "v4") { id databaseId name } } }`
  const { data } = await graphql(query)
  expect(data.repository).toMatchObject({
    releases: {
      totalCount: 2,
      nodes: [
        { tagName: 'v4', isDraft: true, isLatest: false },
        { tagName: 'v1.0.0', isDraft: false, isLatest: true },
      ],
    },
    latestRelease: {
      tagName: 'v1.0.0',
      url: `${hub().url}/owner/shipped/releases/tag/v1.0.0`,
      author: { login: 'owner' },
      tag: { name: 'v1.0.0' },
      tagCommit: { message: 'Initial commit' },
    },
    release: { id: draft.node_id, databaseId: draft.id, name: 'Four' },
  })
  const { data: node } = await graphql(`{ node(id: "${draft.node_id}") { ... on Release { tagName } } }`)
  expect(node).toEqual({ node: { tagName: 'v4' } })
  const reader = await tokenOf(hub(), 'reader')
  const seen = await graphql(query, {}, reader)
  expect(seen.data.repository).toMatchObject({ releases: { totalCount: 1 }, release: null })
  await octokit.rest.repos.deleteRelease({ ...place, release_id: draft.id })
})

test('files go up and come down as they were', async () => {
  const { octokit } = hub()
  const { data: release } = await octokit.rest.repos.createRelease({ ...place, tag_name: 'v3.0.0' })
  const bytes = Buffer.from([0, 1, 2, 255, 254])
  const upload = (name: string) =>
    octokit.request({
      method: 'POST',
      url: release.upload_url,
      headers: { 'content-type': 'application/zip' },
      name,
      data: bytes,
    })
  const { data: asset } = await upload('plan one.zip')
  expect(asset).toMatchObject({ name: 'plan.one.zip', size: 5, content_type: 'application/zip', state: 'uploaded' })
  await expect(upload('plan one.zip')).rejects.toMatchObject({ status: 422 })
  await restart()
  const again = await hub().octokit.rest.repos.getReleaseAsset({
    ...place,
    asset_id: asset.id,
    headers: { accept: 'application/octet-stream' },
  })
  expect(Buffer.from(again.data as unknown as ArrayBuffer)).toEqual(bytes)
  const { data: known } = await hub().octokit.rest.repos.getReleaseAsset({ ...place, asset_id: asset.id })
  const response = await fetch(known.browser_download_url)
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  const { data: counted } = await hub().octokit.rest.repos.listReleaseAssets({ ...place, release_id: release.id })
  expect(counted).toMatchObject([{ name: 'plan.one.zip', download_count: 2 }])
  await hub().octokit.rest.repos.deleteReleaseAsset({ ...place, asset_id: asset.id })
  await expect(hub().octokit.rest.repos.getReleaseAsset({ ...place, asset_id: asset.id })).rejects.toMatchObject({
    status: 404,
  })
})

test('notes name what was merged since the tag before', async () => {
  const { octokit } = hub()
  const { data: head } = await octokit.rest.repos.getBranch({ ...place, branch: 'main' })
  await octokit.rest.git.createRef({ ...place, ref: 'refs/heads/feature', sha: head.commit.sha })
  const content = Buffer.from('queue').toString('base64')
  await octokit.rest.repos.createOrUpdateFileContents({
    ...place,
    path: 'queue.tf',
    message: 'Queue',
    content,
    branch: 'feature',
  })
  const { data: pull } = await octokit.rest.pulls.create({
    ...place,
    title: 'Add a queue',
    head: 'feature',
    base: 'main',
  })
  await octokit.rest.pulls.merge({ ...place, pull_number: pull.number })
  const { data: notes } = await octokit.rest.repos.generateReleaseNotes({ ...place, tag_name: 'v4.0.0' })
  expect(notes.name).toBe('v4.0.0')
  expect(notes.body).toContain(`* Add a queue by @owner in ${pull.html_url}`)
  expect(notes.body).toContain('...v4.0.0')
})

test.each([
  [{ tag_name: 'a b' }, { code: 'custom', field: 'tag_name' }],
  [
    { tag_name: 'v5', target_commitish: 'nowhere' },
    { code: 'invalid', field: 'target_commitish' },
  ],
])('refuses %j', async (wish, error) => {
  await expect(hub().octokit.rest.repos.createRelease({ ...place, ...wish })).rejects.toMatchObject({
    status: 422,
    response: { data: { message: 'Validation Failed', errors: [{ resource: 'Release', ...error }] } },
  })
})

test('a repository comes as one file', async () => {
  const response = await fetch(`${hub().url}/api/v3/repos/owner/shipped/tarball/main`)
  expect(response.headers.get('content-type')).toBe('application/x-gzip')
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100)
})
