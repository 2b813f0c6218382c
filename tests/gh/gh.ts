import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addressWith } from '../clients/git.ts'

type Run = { readonly code: number | null; readonly out: string; readonly err: string }

/** Real gh with a home of its own, whose every call goes through a socket of this machine. */
export class Gh {
  /** Where commands run; a clone changes it. */
  folder: string
  readonly #home = mkdtempSync(join(tmpdir(), 'throughline-gh-'))
  #env: Record<string, string> = {}

  constructor() {
    this.folder = this.#home
    mkdirSync(join(this.#home, 'gh'))
  }

  get socket(): string {
    return join(this.#home, 'socket')
  }

  /** As the documents tell people to set it up. */
  aim({ url, token }: { readonly url: string; readonly token: string }): void {
    writeFileSync(join(this.#home, 'gh/config.yml'), `http_unix_socket: ${this.socket}\n`)
    const root = addressWith(url, token, '').replace('/.git', '/')
    writeFileSync(
      join(this.#home, '.gitconfig'),
      `[url "${root}"]\n\tinsteadOf = https://127.0.0.1/\n[user]\n\tname = A Writer\n\temail = writer@example.com\n`,
    )
    this.#env = { GH_HOST: '127.0.0.1', GH_ENTERPRISE_TOKEN: token }
  }

  /** Runs a program to its end, here and with this home. */
  async run(program: 'gh' | 'git', args: readonly string[], more: Record<string, string> = {}): Promise<Run> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#home,
      GH_CONFIG_DIR: join(this.#home, 'gh'),
      GH_PROMPT_DISABLED: '1',
      GH_NO_UPDATE_NOTIFIER: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
      ...this.#env,
      ...more,
    }
    const child = spawn(program, args, { cwd: this.folder, env, timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [string[], string[]] = [[], []]
    child.stdout.on('data', (piece) => out.push(String(piece)))
    child.stderr.on('data', (piece) => err.push(String(piece)))
    const code = await new Promise<number | null>((done, fail) => child.on('close', done).on('error', fail))
    return { code, out: out.join('').trim(), err: err.join('').trim() }
  }

  /** What a command that must succeed prints. */
  async must(...args: string[]): Promise<string> {
    return this.#succeed('gh', args)
  }

  async git(...args: string[]): Promise<string> {
    return this.#succeed('git', args)
  }

  /** What a command prints as JSON. */
  // A test says itself what it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  async json(...args: string[]): Promise<any> {
    return JSON.parse(await this.must(...args))
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 5 })
  }

  async #succeed(program: 'gh' | 'git', args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(program, args)
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err} ${out}`)
    return out
  }
}
