import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from '../../scripts/embedded/sqlite.ts'
import { eventually } from '../../worker/testing.ts'
import { owner, startServers } from './server.ts'

const { start, folder } = startServers()
const json = { 'content-type': 'application/json' }

test.each(['SIGTERM', 'SIGINT'] as const)('stops in order at %s', async (signal) => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  expect((await server.call('/api/health', null)).status).toBe(200)
  expect((await server.call('/docs/swagger-ui.css', null)).status).toBe(200)
  expect((await server.call('/api/tokens', null)).status).toBe(401)
  expect((await server.call('/api/tokens', owner)).status).toBe(200)
  expect(await server.stop(signal)).toEqual({ code: 0, signal: null })
  expect(server.output.err).toBe('')
  expect(server.output.out).not.toContain(owner)
})

test('remembers a request to stop that comes during the start', async () => {
  const server = await start({ CLIENT_AUTH_TOKEN: owner })
  await eventually(
    async () => readdirSync(server.folder).length,
    (count) => count > 0,
  )
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})

test('keeps one token for the folder, where only its owner reads it', async () => {
  const DATA_DIR = join(folder(), 'new')
  const first = await (await start({ DATA_DIR })).ready()
  const file = join(DATA_DIR, 'credentials.json')
  const { client_auth_token: token } = JSON.parse(readFileSync(file, 'utf8'))
  expect(token).toMatch(/^tl_[\w-]{43}$/)
  expect([statSync(file).mode & 0o777, statSync(DATA_DIR).mode & 0o777]).toEqual([0o600, 0o700])
  const key = join(DATA_DIR, 'lease-key')
  const kept = readFileSync(key, 'utf8')
  expect([kept, statSync(key).mode & 0o777]).toEqual([expect.stringMatching(/^tl_[\w-]{43}$/), 0o600])
  expect(first.output.out).toContain(`export TF_HTTP_PASSWORD=${token}`)
  await first.stop()

  const second = await (await start({ DATA_DIR })).ready()
  expect((await second.call('/api/tokens', token)).status).toBe(200)
  expect(readFileSync(key, 'utf8')).toBe(kept)
})

test('loses nothing accepted before a kill, and what was left to do is done after it', async () => {
  const DATA_DIR = folder()
  const env = { DATA_DIR, CLIENT_AUTH_TOKEN: owner }
  const first = await (await start(env)).ready()
  const body = JSON.stringify({ name: 'survivor', scopes: ['admin'] })
  const made = await first.call('/api/tokens', owner, { method: 'POST', headers: json, body })
  expect(made.status).toBe(201)
  const { token } = (await made.json()) as { token: string }
  expect(await first.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' })

  const second = await (await start({ ...env, PORT: new URL(first.url).port })).ready()
  expect((await second.call('/api/tokens', token)).status).toBe(200)
  await eventually(
    async () => rowsOf(DATA_DIR, "select action from audit_log where action glob 'token*'"),
    (rows) => rows.length === 1,
  )
  expect(rowsOf(DATA_DIR, 'select id from outbox')).toEqual([])
})

test('takes the runtime along when it is killed, even with its folder', async () => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  const runtime = Number(readFileSync(join(server.folder, 'workerd.pid'), 'utf8'))
  expect(isAlive(runtime)).toBe(true)
  const ended = server.stop('SIGKILL')
  rmSync(server.folder, { recursive: true, force: true, maxRetries: 5 })
  await ended
  await eventually(
    async () => isAlive(runtime),
    (alive) => !alive,
  )
})

test('counts wrong credentials by the address of the socket, whatever a client says of itself', async () => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  const statuses: number[] = []
  for (let attempt = 0; attempt < 45 && !statuses.includes(429); attempt += 1) {
    const address = `10.0.0.${attempt}`
    const headers = {
      connection: 'close',
      'cf-connecting-ip': address,
      'x-forwarded-for': address,
      'mf-cf-blob': JSON.stringify({ clientIp: `${address}:1` }),
    }
    statuses.push((await server.call('/api/tokens', `wrong${owner}`, { headers })).status)
  }
  expect(statuses.at(-1)).toBe(429)
})

test('answers nothing of the runtime itself on the public port', async () => {
  const server = await (await start({ CLIENT_AUTH_TOKEN: owner })).ready()
  for (const path of ['/cdn-cgi/explorer/api', '/cdn-cgi/handler/scheduled', '/cdn-cgi/mf/scheduled']) {
    expect((await server.call(path, null)).status).toBe(401)
  }
})

function rowsOf(path: string, query: string): unknown[] {
  const place = join(path, 'd1/miniflare-D1DatabaseObject')
  const [file = ''] = readdirSync(place).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(join(place, file), { readOnly: true })
  try {
    return db.prepare(query).all()
  } finally {
    db.close()
  }
}

/** A process that ended but that nobody has asked about yet has an empty command line. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}
