import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'

const program = join(import.meta.dirname, '../../node_modules/.bin/wrangler')

/** What a run of wrangler printed, and how it ended. */
export type Run = { readonly code: number | null; readonly out: string; readonly err: string }

/** A project folder in which the unmodified wrangler works against a local account. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-wrangler-'))
  readonly #account: TestAccount

  constructor(account: TestAccount, files: Readonly<Record<string, string>>) {
    this.#account = account
    this.write(files)
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      const file = join(this.folder, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  /** Starts wrangler; the caller waits for it or stops it. */
  start(parts: readonly string[], token = this.#account.token) {
    return spawn(program, parts, {
      cwd: this.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: this.folder,
        CI: '1',
        NO_COLOR: '1',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        WRANGLER_HIDE_BANNER: 'true',
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        CLOUDFLARE_API_BASE_URL: `${this.#account.url}/client/v4`,
        CLOUDFLARE_ACCOUNT_ID: this.#account.accountId,
        CLOUDFLARE_API_TOKEN: token,
      },
    })
  }

  /** Runs wrangler to its end. */
  async run(parts: readonly string[], input = '', token = this.#account.token): Promise<Run> {
    const child = this.start(parts, token)
    const said = { out: '', err: '' }
    child.stdout.on('data', (piece) => (said.out += piece))
    child.stderr.on('data', (piece) => (said.err += piece))
    child.stdin.end(input)
    const [code] = await once(child, 'close')
    return { code, ...said }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
