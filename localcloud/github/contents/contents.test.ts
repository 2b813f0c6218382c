import { startHub } from '../testing/hub.ts'

const { hub } = startHub()
const place = { owner: 'owner', repo: 'code' }
const tell = () => hub().octokit.rest
const encoded = (text: string) => Buffer.from(text).toString('base64')

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'code', auto_init: true })
})

test('a file is added, read, replaced and removed, each by a commit', async () => {
  const path = 'dir with space/ünï.txt'
  const added = await tell().repos.createOrUpdateFileContents({
    ...place,
    path,
    message: 'Add',
    content: encoded('one\n'),
  })
  expect(added.status).toBe(201)
  expect(added.data).toMatchObject({
    content: { name: 'ünï.txt', path, size: 4, type: 'file' },
    commit: { message: 'Add' },
  })
  const sha = added.data.content?.sha ?? ''
  await expect(
    tell().repos.createOrUpdateFileContents({ ...place, path, message: 'x', content: '' }),
  ).rejects.toMatchObject({
    status: 422,
    response: { data: { message: 'Invalid request.\n\n"sha" wasn\'t supplied.' } },
  })
  await expect(
    tell().repos.createOrUpdateFileContents({ ...place, path, message: 'x', content: '', sha: '0'.repeat(40) }),
  ).rejects.toMatchObject({ status: 409 })
  const replaced = await tell().repos.createOrUpdateFileContents({
    ...place,
    path,
    message: 'Replace',
    content: encoded('two\n'),
    sha,
    author: { name: 'A', email: 'a@x.test', date: '2020-01-01T00:00:00Z' },
  })
  expect(replaced.data.commit).toMatchObject({
    author: { name: 'A', email: 'a@x.test', date: '2020-01-01T00:00:00Z' },
  })
  const raw = await tell().repos.getContent({ ...place, path, mediaType: { format: 'raw' } })
  expect(raw.data).toBe('two\n')
  expect((await tell().repos.getContent({ ...place, path: 'dir with space' })).data).toMatchObject([
    { name: 'ünï.txt', type: 'file' },
  ])
  expect((await tell().repos.getContent({ ...place, path: '' })).data).toMatchObject([
    { name: 'README.md' },
    { name: 'dir with space', type: 'dir' },
  ])
  await tell().repos.deleteFile({ ...place, path, message: 'Remove', sha: replaced.data.content?.sha ?? '' })
  await expect(tell().repos.getContent({ ...place, path })).rejects.toMatchObject({ status: 404 })
  const messages = (await tell().repos.listCommits(place)).data.map(({ commit }) => commit.message)
  expect(messages).toEqual(['Remove', 'Replace', 'Add', 'Initial commit'])
  expect((await tell().repos.listCommits({ ...place, path })).data).toHaveLength(3)
})

test('each folder has its own readme', async () => {
  const path = 'docs/Readme.md'
  await tell().repos.createOrUpdateFileContents({ ...place, path, message: 'Explain', content: encoded('# Docs\n') })
  expect((await tell().repos.getReadme(place)).data.path).toBe('README.md')
  expect((await tell().repos.getReadmeInDirectory({ ...place, dir: 'docs' })).data).toMatchObject({
    path,
    type: 'file',
  })
  await expect(tell().repos.getReadmeInDirectory({ ...place, dir: 'none' })).rejects.toMatchObject({ status: 404 })
  await expect(tell().repos.getReadmeInDirectory({ ...place, dir: 'README.md' })).rejects.toMatchObject({ status: 404 })
})

test.each(['../up', 'a//b', '.git/config', 'a/../b'])('%s is no path', async (path) => {
  const address = `${hub().url}/api/v3/repos/owner/code/contents/${encodeURIComponent(path)}`
  const init = {
    method: 'PUT',
    headers: { authorization: `Bearer ${hub().token}` },
    body: JSON.stringify({ message: 'x', content: '' }),
  }
  expect((await fetch(address, init)).status).toBe(422)
})

test('the name of a first branch says nothing else to git', async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'first' })
  const branch = 'main\nupdate refs/heads/evil HEAD'
  const write = tell().repos.createOrUpdateFileContents({
    owner: 'owner',
    repo: 'first',
    path: 'x',
    branch,
    message: 'x',
    content: '',
  })
  await expect(write).rejects.toMatchObject({ status: 422 })
  expect((await tell().repos.listBranches({ owner: 'owner', repo: 'first' })).data).toEqual([])
})

test('of two writers one is told', async () => {
  const write = (name: string) =>
    tell().repos.createOrUpdateFileContents({ ...place, path: name, message: name, content: '' })
  const outcomes = await Promise.allSettled([write('r1'), write('r2'), write('r3')])
  const stored = outcomes.filter(({ status }) => status === 'fulfilled')
  const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.status] : []))
  expect(stored.length).toBeGreaterThan(0)
  expect(refused.every((status) => status === 409)).toBe(true)
  const names = ((await tell().repos.getContent({ ...place, path: '' })).data as { name: string }[]).filter(
    ({ name }) => /^r\d/.test(name),
  )
  expect(names).toHaveLength(stored.length)
})
