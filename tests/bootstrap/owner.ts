import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'
import { Network } from './network.ts'
import type { Change, Moment } from './network.ts'

const root = join(import.meta.dirname, '../..')
const parts = ['.github', 'localcloud', 'migrations', 'scripts', 'stacks', 'worker', 'package.json']

export type Run = { readonly code: number | null; readonly output: string }

/** What of an account, and of the control plane on it, must be as it was. */
export type Snapshot = { readonly account: unknown; readonly controlPlane: unknown }

/** An owner with a clone of the repository in which the account is named, and nothing else. */
export class Owner {
  readonly clone = mkdtempSync(join(tmpdir(), 'throughline-owner-'))
  readonly network: Network
  readonly #account: TestAccount
  #url = ''

  constructor(account: TestAccount) {
    this.#account = account
    this.network = new Network(account.url)
    for (const part of parts) cpSync(join(root, part), join(this.clone, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.clone, 'node_modules'))
    const file = join(this.clone, 'stacks/settings.ts')
    const named = readFileSync(file, 'utf8').replace(/accountId: '\w+'/, `accountId: '${account.accountId}'`)
    writeFileSync(file, named)
  }

  async listen(): Promise<this> {
    this.#url = await this.network.listen()
    return this
  }

  /** What stays on this machine. */
  get folder(): string {
    return join(this.clone, '.bootstrap', this.#account.accountId)
  }

  /** The names of the files in it. */
  get files(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).toSorted() : []
  }

  get token(): string {
    return JSON.parse(readFileSync(join(this.folder, 'credentials.json'), 'utf8')).client_auth_token as string
  }

  /** Where the control plane answers. */
  get address(): string {
    return `${this.#url}/workers/throughline`
  }

  /** Runs a script of the clone as npm does. */
  async run(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return this.#ended(this.#start(script, args, env))
  }

  async bootstrap(...args: string[]): Promise<Run> {
    return this.run('scripts/bootstrap/main.ts', args)
  }

  /** A bootstrap that must succeed. @returns what it said */
  async bootstrapped(...args: string[]): Promise<string> {
    const { code, output } = await this.bootstrap(...args)
    if (code !== 0) throw new Error(`The bootstrap ended with ${code}:\n${output}`)
    return output
  }

  /** Bootstraps, and kills that with all that it has started at the first change that is meant. */
  async killedAt(isMeant: (change: Change) => boolean, when: Moment): Promise<Run & { readonly at: Change | null }> {
    const child = this.#start('scripts/bootstrap/main.ts', [], {})
    let at: Change | null = null
    this.network.watch = (change, moment) => {
      if (at === null && moment === when && isMeant(change)) {
        at = change
        process.kill(-Number(child.pid), 'SIGKILL')
      }
      return at !== null
    }
    const run = await this.#ended(child)
    this.network.watch = () => false
    return { ...run, at }
  }

  #start(script: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    return spawn(process.execPath, [script, ...args], {
      cwd: this.clone,
      env: {
        PATH: process.env['PATH'],
        HOME: this.clone,
        CLOUDFLARE_API_BASE_URL: `${this.#url}/client/v4`,
        CLOUDFLARE_API_TOKEN: this.#account.token,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
  }

  async #ended(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Run> {
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, output }
  }

  /** Asks the control plane. */
  async ask(path: string, token = this.token): Promise<unknown> {
    return (await fetch(this.address + path, { headers: { authorization: `Bearer ${token}` } })).json()
  }

  /** Everything that a bootstrap may make, and what the control plane has recorded. */
  async snapshot(): Promise<Snapshot> {
    const { base, call } = this.#account
    const script = `${base}/workers/scripts/throughline`
    const lists = ['d1/database', 'storage/kv/namespaces', 'r2/buckets', 'queues', 'secrets_store/stores', 'tokens']
    const paths = [...lists.map((list) => `${base}/${list}`), `${script}/versions`, `${script}/deployments`]
    const results: unknown[] = []
    // When a token was used last is no change.
    for (const path of paths)
      results.push(JSON.stringify((await call('GET', path)).result).replaceAll(/"last_used_on":"[^"]*",?/g, ''))
    const told = ['/api/deployments', '/api/resources', '/api/states', '/api/audit', '/api/tokens']
    return { account: results, controlPlane: await Promise.all(told.map(async (path) => this.ask(path))) }
  }

  remove(): void {
    this.network.stop()
    rmSync(this.clone, { recursive: true, force: true, maxRetries: 5 })
  }
}
