import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from 'octokit'
import { sqlite } from '../../scripts/embedded/sqlite.ts'
import { freePort } from '../server/server.ts'

const root = join(import.meta.dirname, '../..')

/** A local GitHub in a process of its own, which can be killed at any moment and started again on what is left. */
export class GithubProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-killed-'))
  token = ''
  /** What its environment holds beside the usual. */
  env: Record<string, string> = {}
  #port = 0
  #child: ChildProcess | null = null

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get octokit(): Octokit {
    return new Octokit({
      auth: this.token,
      baseUrl: `${this.url}/api/v3`,
      retry: { enabled: false },
      throttle: { enabled: false },
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
  }

  async start(): Promise<void> {
    this.#port ||= await freePort()
    const env = {
      PATH: process.env['PATH'] ?? '',
      GITHUB_PORT: String(this.#port),
      DATA_DIR: this.folder,
      ...this.env,
    }
    const child = spawn(process.execPath, ['localcloud/github/main.ts'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let said = ''
    for await (const piece of child.stdout) {
      said += String(piece)
      if (said.includes('\n')) break
    }
    child.stdout.resume()
    this.token = /token (\S+)\)/.exec(said)?.[1] ?? ''
    if (this.token === '') throw new Error(`GitHub did not start: ${said}`)
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return null
    const ended = once(child, 'exit')
    child.kill(signal)
    const [code] = await ended
    return code
  }

  /** What the state holds, read beside the server. */
  rows(statement: string): Record<string, unknown>[] {
    const { DatabaseSync } = sqlite()
    const db = new DatabaseSync(join(this.folder, 'github', 'github.sqlite'), { readOnly: true })
    try {
      return db.prepare(statement).all()
    } finally {
      db.close()
    }
  }

  /** The bodies of all events of a name, in order. */
  // oxlint-disable-next-line typescript/no-explicit-any
  events(name: string): any[] {
    return this.rows(`select body from events where name = '${name}' order by id`).map(({ body }) =>
      JSON.parse(String(body)),
    )
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
