import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'
import { manifest } from '../../scripts/embedded/manifest.ts'
import { buildProduct, serve } from '../../scripts/embedded/server.ts'
import type { Server } from '../../scripts/embedded/server.ts'
import { root } from '../../worker/testing.ts'
import { freePort } from '../server/server.ts'
import { LogSocket } from './log-socket.ts'

type Init = {
  method?: string
  token?: string | null
  json?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** The product on a port and a folder of its own, linked with a local account: scripts' traces reach its `tail`. */
export function startLogs(more: Record<string, string> = {}) {
  let server: Server | null = null
  const { account } = startAccount({ onTail: (consumer, events) => server?.tail(consumer, events) })
  const { open, url } = productOn(account, more)
  beforeAll(async () => {
    server = await open()
  })
  afterAll(() => server?.stop())

  const at = { url, path: (name: string) => `/ws/logs/${account().accountId}/${encodeURIComponent(name)}` }
  return {
    account,
    ...at,
    ...clientsOf(at),
    /** Delivers traces as Cloudflare does. */
    deliver: async (...events: object[]) => server?.tail(manifest.name, events),
    /** Ends the server and starts it again on the same folder. */
    restart: async () => {
      await server?.stop()
      server = await open()
    },
  }
}

/** Starts the product, on one folder each time. */
function productOn(account: () => TestAccount, more: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-logs-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  let script: string | null = null
  let url = ''
  const open = async (): Promise<Server> => {
    script ??= await buildProduct()
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    const { url: address, token, accountId } = account()
    const cloud = {
      CLOUDFLARE_API_BASE_URL: `${address}/client/v4`,
      CLOUDFLARE_ACCOUNT_ID: accountId,
      CF_API_TOKEN: token,
    }
    const bindings = { ...cloud, ...more }
    return serve(manifest, script, {
      host: '127.0.0.1',
      port,
      folder,
      token: root,
      bindings,
      account: { url: address, token },
    })
  }
  return { open, url: () => url }
}

/** Who follows and asks. */
function clientsOf(at: { url: () => string; path: (name: string) => string }) {
  const sockets: LogSocket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
  })
  async function call(path: string, { token = root, json, headers = {}, ...init }: Init = {}): Promise<Response> {
    const given = token === null ? headers : { authorization: `Bearer ${token}`, ...headers }
    const body = json === undefined ? {} : { body: JSON.stringify(json) }
    return fetch(`${at.url()}${path}`, { ...init, headers: given, ...body })
  }
  return {
    call,
    /** A socket that has opened, with a token as a subprotocol or whatever is given. */
    open: async (name: string, { token = root, query = '' }: { token?: string | null; query?: string } = {}) => {
      const socket = new LogSocket(`${at.url().replace('http', 'ws')}${at.path(name)}${query}`, token)
      sockets.push(socket)
      await socket.opened
      return socket
    },
    /** A client's token. */
    token: async (...scopes: string[]): Promise<string> => {
      const response = await call('/api/tokens', { method: 'POST', json: { name: 'ci', scopes } })
      return ((await response.json()) as { token: string }).token
    },
  }
}

let made = 0

/** A trace as Cloudflare delivers it; each is another one. */
export function trace(scriptName: string, message: unknown = 'hello', more: object = {}): object {
  made += 1
  const request = {
    url: `https://${scriptName}.example/`,
    method: 'GET',
    headers: { 'cf-ray': `ray${made}`, 'cf-connecting-ip': '192.0.2.1' },
  }
  return {
    scriptName,
    outcome: 'ok',
    eventTimestamp: 1_795_000_000_000 + made,
    event: { request },
    logs: [{ level: 'log', message: [message], timestamp: 1_795_000_000_000 + made }],
    exceptions: [],
    ...more,
  }
}
