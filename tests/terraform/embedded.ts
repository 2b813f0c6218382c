import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../../worker/testing.ts'
import type { Call } from './views.ts'

/** Longer than a start takes on a busy machine. */
const patienceMs = 60_000

/** The server of `npm start` on a folder of its own, for whoever wants to kill it. */
export class EmbeddedServer {
  readonly folder: string
  readonly address: string
  readonly #port: number
  #child: ChildProcess | null = null
  #output = ''

  private constructor(folder: string, port: number) {
    this.folder = folder
    this.#port = port
    this.address = `http://127.0.0.1:${port}`
  }

  static async create(): Promise<EmbeddedServer> {
    return new EmbeddedServer(await mkdtemp(join(tmpdir(), 'throughline-killed-')), await freePort())
  }

  /** Starts it, and returns when it says that it is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, ['scripts/start.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      env: {
        PATH: process.env['PATH'],
        PORT: String(this.#port),
        DATA_DIR: this.folder,
        CLIENT_AUTH_TOKEN: root,
        THROUGHLINE_CLOUD: 'none',
        THROUGHLINE_GITHUB: 'none',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#output = ''
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`It did not become ready: ${this.#output}`)), patienceMs)
      const note = (text: string) => {
        this.#output += text
        if (!this.#output.includes('Throughline is ready')) return
        clearTimeout(timer)
        resolve()
      }
      child.stdout.setEncoding('utf8').on('data', note)
      child.stderr.setEncoding('utf8').on('data', note)
      child.on('exit', () => reject(new Error(`It ended: ${this.#output}`)))
    })
  }

  /** Ends it and returns its exit code, null when it was killed. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return null
    const exit = once(child, 'exit') as Promise<[number | null]>
    child.kill(signal)
    return (await exit)[0]
  }

  readonly call: Call = async (path, { method = 'GET', json } = {}) =>
    fetch(this.address + path, {
      method,
      headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    // The runtime dies a moment after its server, and until then it writes.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
