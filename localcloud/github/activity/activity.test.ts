import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startHub } from '../testing/hub.ts'

const folder = mkdtempSync(join(tmpdir(), 'throughline-socket-'))
const socket = join(folder, 'github.sock')
const { hub, restart } = startHub({ socket })
const place = { owner: 'owner', repo: 'open' }
const tell = () => hub().octokit.rest

beforeAll(async () => {
  await tell().repos.createForAuthenticatedUser({ name: 'open', auto_init: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('GitHub says where everything is, and about itself', async () => {
  expect((await tell().meta.root()).data).toMatchObject({ current_user_url: `${hub().url}/api/v3/user` })
  expect((await tell().meta.get()).status).toBe(200)
  expect((await tell().rateLimit.get()).data.resources.core).toMatchObject({ limit: 5000 })
  expect((await tell().meta.getZen()).data).toMatch(/\.$/)
})

test('a page of any origin may ask', async () => {
  const response = await fetch(`${hub().url}/api/v3/user`, { method: 'OPTIONS', headers: { origin: 'http://x.test' } })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toContain('Authorization')
  expect((await fetch(`${hub().url}/api/v3/meta`)).headers.get('access-control-allow-origin')).toBe('*')
})

test('files, archives and pictures are where the API says they are', async () => {
  const { data: file } = await tell().repos.getContent({ ...place, path: 'README.md' })
  const address = 'download_url' in file ? String(file.download_url) : ''
  expect(await (await fetch(address)).text()).toBe('# open\n')
  const zip = Buffer.from((await tell().repos.downloadZipballArchive({ ...place, ref: 'main' })).data as ArrayBuffer)
  expect(zip.subarray(0, 2).toString()).toBe('PK')
  const tar = Buffer.from((await tell().repos.downloadTarballArchive({ ...place, ref: '' })).data as ArrayBuffer)
  expect([...tar.subarray(0, 2)]).toEqual([0x1f, 0x8b])
  const { data: user } = await tell().users.getAuthenticated()
  const picture = await fetch(user.avatar_url)
  expect(picture.headers.get('content-type')).toBe('image/svg+xml')
  await tell().repos.update({ ...place, private: true })
  expect((await fetch(address)).status).toBe(404)
  expect((await fetch(address, { headers: { authorization: `token ${hub().token}` } })).status).toBe(200)
})

/** As gh sends it with `http_unix_socket`: plain HTTP for hosts that are not this one. */
async function throughSocket(host: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const headers = { host, authorization: `token ${hub().token}` }
  const sent = request({ socketPath: socket, path, headers, agent: false }).end()
  const [response]: IncomingMessage[] = await once(sent, 'response')
  return { status: response?.statusCode, body: response ? await text(response) : '' }
}

test('a socket answers for api.github.com and for hosts of one’s own', async () => {
  expect(await throughSocket('api.github.com', '/user')).toMatchObject({
    status: 200,
    body: expect.stringContaining('"login":"owner"'),
  })
  expect(await throughSocket('github.example.com', '/api/v3/user')).toMatchObject({ status: 200 })
  expect(await throughSocket('api.github.com', '/repos/owner/open')).toMatchObject({ status: 200 })
  expect(await throughSocket('api.github.com', '/nothing')).toMatchObject({ status: 404 })
  await restart()
  expect(await throughSocket('api.github.com', '/user')).toMatchObject({ status: 200 })
})
