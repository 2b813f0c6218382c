import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Cloudflare } from 'cloudflare'
import { Cloudflare as Cloudflare7 } from 'cloudflare-7'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'

/** What a run of wrangler left. */
type Run = { readonly code: number | null; readonly output: string }

const bin = resolve(import.meta.dirname, '../../node_modules/wrangler/bin/wrangler.js')

/** Unmodified wrangler in a project folder of its own, pointed at an account by environment variables alone. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-project-'))
  readonly #account: TestAccount

  constructor(account: TestAccount, files: Readonly<Record<string, string | object>> = {}) {
    this.#account = account
    for (const [path, content] of Object.entries(files)) this.write(path, content)
  }

  write(path: string, content: string | object): void {
    const file = join(this.folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), 'utf8')
  }

  /** Runs a command to its end; what it wrote to either stream is its output. */
  async wrangler(...args: string[]): Promise<Run> {
    const child = spawn(process.execPath, [bin, ...args], { cwd: this.folder, env: this.#environment() })
    let output = ''
    child.stdout.on('data', (piece) => (output += String(piece)))
    child.stderr.on('data', (piece) => (output += String(piece)))
    child.stdin.end()
    const code = await new Promise<number | null>((done) => child.on('close', done))
    return { code, output }
  }

  /** Runs a command that must succeed. */
  async run(...args: string[]): Promise<string> {
    const { code, output } = await this.wrangler(...args)
    if (code !== 0) throw new Error(`wrangler ${args.join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: this.folder,
      CI: '1',
      NO_COLOR: '1',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      CLOUDFLARE_API_BASE_URL: `${this.#account.url}/client/v4`,
      CLOUDFLARE_API_TOKEN: this.#account.token,
      CLOUDFLARE_ACCOUNT_ID: this.#account.accountId,
    }
  }
}

/** The SDK whose uploads work. */
export function sdk(account: TestAccount): Cloudflare {
  return new Cloudflare({ apiToken: account.token, baseURL: `${account.url}/client/v4`, maxRetries: 0 })
}

/** The newest SDK. */
export function sdk7(account: TestAccount): Cloudflare7 {
  return new Cloudflare7({ apiToken: account.token, baseURL: `${account.url}/client/v4`, maxRetries: 0 })
}
