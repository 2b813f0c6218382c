import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a command's state lives and how it may be reached. */
export type Backend = { readonly address: string; readonly token: string; readonly env?: Record<string, string> }

export type Result = { readonly code: number | null; readonly output: string }

export type Running = {
  readonly output: () => string
  /** Signals Terraform alone. */
  readonly interrupt: (signal: 'SIGINT' | 'SIGTERM') => boolean
  /** Ends it and what it started at once, as a lost machine would. */
  readonly kill: () => boolean
  readonly ended: Promise<Result>
}

/** Longer than any command here takes on a busy machine. */
const patienceMs = 90_000

function environment({ address, token, env }: Backend): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: tmpdir(),
    CHECKPOINT_DISABLE: '1',
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_CLI_ARGS: '-no-color',
    TF_HTTP_ADDRESS: address,
    TF_HTTP_LOCK_ADDRESS: address,
    TF_HTTP_UNLOCK_ADDRESS: address,
    // Terraform sends a password only beside a user name.
    TF_HTTP_USERNAME: 'terraform',
    TF_HTTP_PASSWORD: token,
    TF_HTTP_RETRY_WAIT_MIN: '0',
    ...env,
  }
}

/** A folder with a configuration, in which the real binary runs. */
export class Workspace {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /** @param like a workspace that was initialised, to be spared the same. */
  static async create(config: string, like?: Workspace): Promise<Workspace> {
    const workspace = new Workspace(await mkdtemp(join(tmpdir(), 'throughline-terraform-')))
    await workspace.configure(config)
    if (like) await cp(join(like.folder, '.terraform'), join(workspace.folder, '.terraform'), { recursive: true })
    return workspace
  }

  async configure(config: string): Promise<void> {
    await this.write('main.tf', config)
  }

  async write(file: string, content: string): Promise<void> {
    await writeFile(join(this.folder, file), content)
  }

  has(file: string): boolean {
    return existsSync(join(this.folder, file))
  }

  /** Runs a command to its end. */
  async run(backend: Backend, ...args: string[]): Promise<Result> {
    return this.start(backend, ...args).ended
  }

  /** Starts a command, for whoever wants to watch or disturb it. */
  start(backend: Backend, ...args: string[]): Running {
    const child = spawn('terraform', args, {
      cwd: this.folder,
      env: environment(backend),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      // A group of its own, so that what its provisioners started can die with it.
      detached: true,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const ended = new Promise<Result>((resolve, reject) => {
      child.on('error', reject).on('close', (code) => resolve({ code, output }))
    })
    const { pid = 0 } = child
    return {
      output: () => output,
      interrupt: (signal) => process.kill(pid, signal),
      kill: () => process.kill(-pid, 'SIGKILL'),
      ended,
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
