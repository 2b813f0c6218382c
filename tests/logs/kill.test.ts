import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { owner, startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'
import { LogSocket } from './log-socket.ts'

const servers = startServers()
const code = `export default { fetch(request) { console.log(new URL(request.url).searchParams.get('n')); return new Response('ok') } }`

/** The whole product, killed at any moment and started again on the same folder. */
async function begin(folder: string): Promise<{ server: Server; account: string; api: string; token: string }> {
  const clouds = { THROUGHLINE_CLOUD: 'local', CLOUD_PORT: '0', CLIENT_AUTH_TOKEN: owner }
  const server = await (await servers.start({ ...clouds, DATA_DIR: folder })).ready()
  const { cloudflare } = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))
  return { server, account: cloudflare.account_id, api: cloudflare.api_url, token: cloudflare.api_token }
}

function follow({ server, account }: { server: Server; account: string }): LogSocket {
  return new LogSocket(`${server.url.replace('http', 'ws')}/ws/logs/${account}/shop`, owner)
}

/** Calls the script, which prints a number. */
async function visit({ api }: { api: string }, n: number): Promise<void> {
  const response = await fetch(`${new URL(api).origin}/workers/shop?n=${n}`)
  expect([response.status, await response.text()]).toEqual([200, 'ok'])
}

test('a server that is killed goes on counting, and who reconnects misses and repeats nothing', async () => {
  const folder = servers.folder()
  const first = await begin(folder)
  const form = new FormData()
  form.append('metadata', JSON.stringify({ main_module: 'a.js', compatibility_date: '2026-07-01' }))
  form.append('a.js', new File([code], 'a.js', { type: 'application/javascript+module' }))
  const scripts = `/client/v4/accounts/${first.account}/workers/scripts`
  expect((await first.server.call(`${scripts}/shop`, owner, { method: 'PUT', body: form })).status).toBe(200)
  expect((await first.server.call('/sdk/workers/scripts/shop/tail', owner, { method: 'PUT' })).status).toBe(200)
  const before = follow(first)
  await before.opened
  before.start()
  for (let n = 1; n <= 20; n++) await visit(first, n)
  await before.got(5)
  await first.server.stop('SIGKILL')
  const seen = [...before.events]
  const second = await begin(folder)
  const after = follow(second)
  await after.opened
  after.start({ since: seen.at(-1)?.seq ?? 0 })
  for (let n = 21; n <= 30; n++) await visit(second, n)
  await eventually(
    async () => after.messages,
    (messages) => Array.from({ length: 10 }, (_, n) => n + 21).every((n) => messages.includes(String(n))),
    30_000,
  )
  const all = [...seen, ...after.events]
  // What the log had taken in is all there, in order and once; what was on its way to it when it died may be lost.
  expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1))
  const messages = all.flatMap(({ trace }) => trace.logs.map(({ message }) => Number(message[0])))
  expect(new Set(messages).size).toBe(messages.length)
  after.close()
}, 120_000)
