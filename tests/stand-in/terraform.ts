import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

type Result = { readonly code: number | null; readonly output: string }
type Running = {
  readonly output: () => string
  readonly signal: (signal: NodeJS.Signals) => boolean
  readonly ended: Promise<Result>
}

/** An attribute of a resource in a state. */
type Attributes = Readonly<Record<string, unknown>>
type State = {
  readonly lineage: string
  readonly resources: readonly { type: string; name: string; instances: readonly { attributes: Attributes }[] }[]
}

const main = resolve(import.meta.dirname, '../../localcloud/terraform/main.ts')
/** Longer than any command here takes on a busy machine. */
const patienceMs = 60_000

/** A folder with Terraform's JSON, in which the real binary runs with the stand-in's providers. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'throughline-stand-in-'))
  readonly #env: Record<string, string>

  /** @param env what the providers are told by their environment */
  constructor(env: Record<string, string> = {}) {
    this.#env = env
  }

  write(configuration: object): this {
    writeFileSync(join(this.path, 'cdk.tf.json'), JSON.stringify(configuration, null, 2))
    return this
  }

  /** Starts a command, for whoever wants to disturb it. */
  start(...args: string[]): Running {
    const child = spawn(process.execPath, [main, `-chdir=${this.path}`, '--', 'terraform', ...args], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: tmpdir(),
        TF_INPUT: '0',
        TF_CLI_ARGS: '-no-color',
        ...this.#env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const ended = new Promise<Result>((done, fail) => {
      child.on('error', fail).on('close', (code) => done({ code, output }))
    })
    return { output: () => output, signal: (signal) => child.kill(signal), ended }
  }

  async run(...args: string[]): Promise<Result> {
    return this.start(...args).ended
  }

  /** Runs a command that must succeed. */
  async do(...args: string[]): Promise<string> {
    const { code, output } = await this.run(...args)
    if (code !== 0) throw new Error(`terraform ${args.join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  async apply(): Promise<string> {
    return this.do('apply', '-auto-approve')
  }

  /** A plan, and whether it wants to change anything. */
  async plan(): Promise<{ readonly isEmpty: boolean; readonly output: string }> {
    const { code, output } = await this.run('plan', '-detailed-exitcode')
    if (code !== 0 && code !== 2) throw new Error(`The plan ended with ${code}:\n${output}`)
    return { isEmpty: code === 0, output }
  }

  state(): State {
    return JSON.parse(readFileSync(join(this.path, 'terraform.tfstate'), 'utf8')) as State
  }

  /** The names of what the state really holds. */
  held(): string[] {
    return this.state().resources.flatMap(({ name, instances }) => (instances.length > 0 ? [name] : []))
  }

  /** What the state holds of a resource: `github_issue_label.bug`. */
  attributes(address: string): Attributes {
    const found = this.state().resources.find(({ type, name }) => `${type}.${name}` === address)
    const [instance] = found?.instances ?? []
    if (!instance) throw new Error(`The state has no ${address}.`)
    return instance.attributes
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 })
  }
}
