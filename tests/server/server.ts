import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The owner's token of the servers that get it by the environment. */
export const owner = 'root-token-of-the-tests-0123456789-0123456789'

/** Only the server itself: the clouds beside it have tests of their own. */
const alone = { THROUGHLINE_CLOUD: 'none', THROUGHLINE_GITHUB: 'none' }

type Ending = { readonly code: number | null; readonly signal: string | null }

/** A real `scripts/start.ts` that runs. */
export class Server {
  readonly url: string
  readonly folder: string
  readonly output = { out: '', err: '' }
  readonly ended: Promise<Ending>
  readonly #child

  constructor(env: Record<string, string>, args: readonly string[]) {
    this.url = `http://127.0.0.1:${env['PORT']}`
    this.folder = env['DATA_DIR'] ?? ''
    const { CLIENT_AUTH_TOKEN: _, ...inherited } = process.env
    this.#child = spawn(process.execPath, ['scripts/start.ts', ...args], {
      cwd: root,
      env: { ...inherited, ...alone, ...env },
    })
    this.#child.stdout.on('data', (chunk) => (this.output.out += chunk))
    this.#child.stderr.on('data', (chunk) => (this.output.err += chunk))
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }))
  }

  /** Resolves once the last line says so; a server that ends instead is an error with what it printed. */
  async ready(): Promise<this> {
    const line = `Throughline is ready: ${this.url}\n`
    for (;;) {
      if (this.output.out.endsWith(line)) return this
      const more = once(this.#child.stdout, 'data').then(() => null)
      const ending = await Promise.race([more, this.ended])
      if (ending) throw new Error(`The server ended with ${JSON.stringify({ ...ending, ...this.output })}`)
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.#child.kill(signal)
    return this.ended
  }

  async call(path: string, token: string | null, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (token) headers.set('authorization', `Bearer ${token}`)
    return fetch(`${this.url}${path}`, { ...init, headers })
  }
}

/** Starts servers on folders and ports of their own; those that still run at a test's end, or at that of all, are killed. */
export function startServers(until: 'each' | 'all' = 'each') {
  const running: Server[] = []
  const folders: string[] = []
  const end = until === 'each' ? afterEach : afterAll
  end(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop('SIGKILL')))
    for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true, maxRetries: 5 })
  })
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'throughline-'))
    folders.push(path)
    return path
  }
  const start = async (env: Record<string, string> = {}, ...args: string[]) => {
    const server = new Server({ PORT: String(await freePort()), DATA_DIR: folder(), ...env }, args)
    running.push(server)
    return server
  }
  return { start, folder }
}

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
