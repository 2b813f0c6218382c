import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildProduct } from '../../scripts/embedded/server.ts'
import { sqlite } from '../../scripts/embedded/sqlite.ts'
import { root } from '../../worker/testing.ts'
import { freePort } from '../server/server.ts'
import type { Start } from './control-plane.ts'
import { everyRow } from './lending.ts'
import type { Row } from './lending.ts'

/** The control plane as a process of its own, for whoever wants to kill it. */
export class Killable {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-killed-'))
  readonly #built = mkdtempSync(join(tmpdir(), 'throughline-built-'))
  readonly #bindings: Record<string, string>
  #port = 0
  #child: ChildProcess | null = null
  /** All that it has printed, and all that it has answered. */
  output = ''

  constructor(bindings: Record<string, string>) {
    this.#bindings = bindings
  }

  async start(): Promise<void> {
    const script = join(this.#built, 'index.js')
    if (this.#port === 0) writeFileSync(script, await buildProduct())
    this.#port ||= await freePort()
    const start: Start = { folder: this.folder, port: this.#port, script, token: root, bindings: this.#bindings }
    const child = spawn(process.execPath, [join(import.meta.dirname, 'control-plane.ts'), JSON.stringify(start)], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    const begun = this.output.length
    await new Promise<void>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
        if (text.includes('ready')) resolve()
      })
      child.on('exit', () => reject(new Error(`It ended: ${this.output.slice(begun)}`)))
    })
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  async call(method: string, path: string, json?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { authorization: `Bearer ${root}`, accept: 'application/json', 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    this.output += text
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  }

  /** Lets time pass for what waits, while it is stopped. */
  pass(minutes: { readonly due: number; readonly unsettled: number }): void {
    this.#database((db) =>
      db.exec(`update managed_tokens set due_at = due_at - ${minutes.due * 60_000},
        unsettled_until = unsettled_until - ${minutes.unsettled * 60_000} where state <> 'active'`),
    )
  }

  rows(): Row[] {
    return this.#database((db) => db.prepare(everyRow).all() as Row[])
  }

  #database<Result>(work: (db: InstanceType<ReturnType<typeof sqlite>['DatabaseSync']>) => Result): Result {
    const place = join(this.folder, 'd1', 'miniflare-D1DatabaseObject')
    const file = readdirSync(place).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
    const { DatabaseSync } = sqlite()
    const db = new DatabaseSync(join(place, file))
    try {
      return work(db)
    } finally {
      db.close()
    }
  }

  /** All that is in its folder. */
  files(): { readonly name: string; readonly content: string }[] {
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({ name, content: readFileSync(join(parentPath, name), 'latin1') }))
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    for (const path of [this.folder, this.#built])
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}
