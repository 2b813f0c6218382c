import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demandsOf } from '../../localcloud/terraform/folder.ts'
import { startStandIn } from '../../localcloud/terraform/stand-in.ts'
import type { StandIn } from '../../localcloud/terraform/stand-in.ts'
import { readStacks } from '../../scripts/stacks/synthesised.ts'
import { Server, freePort, owner } from '../server/server.ts'
import { Clouds } from './clouds.ts'

const root = join(import.meta.dirname, '../..')
/** What a clone holds of what the stacks' commands need. */
const cloned = ['.github', 'cdktf.json', 'localcloud', 'package.json', 'scripts', 'stacks', 'tsconfig.json', 'worker']
/** Longer than any command here takes on a busy machine. */
const patienceMs = 120_000

type Result = { readonly code: number | null; readonly output: string }

/**
 * A clone of this repository whose settings were edited for the two clouds of a server that runs beside it, and providers
 * that stand in for the real ones: what an owner has after editing one file.
 */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-clone-'))
  readonly clouds: Clouds
  readonly #server: Server
  #standIn: StandIn | null = null

  private constructor(server: Server) {
    this.#server = server
    this.clouds = new Clouds(server)
  }

  static async start(): Promise<World> {
    const local = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'local', CLOUD_PORT: '0', GITHUB_PORT: '0' }
    const data = mkdtempSync(join(tmpdir(), 'throughline-'))
    const place = { PORT: String(await freePort()), DATA_DIR: data, CLIENT_AUTH_TOKEN: owner }
    const world = new World(await new Server({ ...place, ...local }, []).ready())
    await world.#clone()
    return world
  }

  async #clone(): Promise<void> {
    for (const path of cloned) cpSync(join(root, path), join(this.folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
    const file = join(this.folder, 'stacks/settings.ts')
    writeFileSync(file, await this.clouds.prepare(readFileSync(file, 'utf8')))
    await this.do('node', ['--disable-warning=DEP0044', 'stacks/main.ts'])
    this.#standIn = await startStandIn(demandsOf(this.stacks().map((name) => this.stack(name))), {
      cacheFolder: join(root, '.build/terraform'),
      env: this.clouds.variables(),
    })
  }

  /** All stacks, each after what it depends on. */
  stacks(): string[] {
    return readStacks(join(this.folder, 'cdktf.out')).map(({ name }) => name)
  }

  /** Where Terraform's JSON of a stack is. */
  stack(name: string): string {
    return join(this.folder, 'cdktf.out/stacks', name)
  }

  /** Where a person stands who works with the clone, and what was exported there. */
  get place(): { readonly cwd: string; readonly env: Record<string, string> } {
    return { cwd: this.folder, env: { ...this.clouds.variables(), ...this.#standIn?.env } }
  }

  /** Runs a program in the clone, or in one of its folders. */
  async run(program: string, args: readonly string[], cwd = this.folder): Promise<Result> {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      ...this.place,
      cwd,
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
    return new Promise<Result>((done, fail) => {
      child.on('error', fail).on('close', (code) => done({ code, output }))
    })
  }

  /** Runs a program that must succeed. */
  async do(...given: Parameters<World['run']>): Promise<string> {
    const { code, output } = await this.run(...given)
    if (code !== 0) throw new Error(`${given[0]} ${given[1].join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  /** Real terraform in the folder of a stack. */
  async terraform(stack: string, ...args: string[]): Promise<Result> {
    return this.run('terraform', args, this.stack(stack))
  }

  /** What the server answers. */
  async get<Answer>(path: string): Promise<Answer> {
    const response = await this.#server.call(path, owner)
    if (response.status !== 200) throw new Error(`${path}: ${response.status}: ${await response.text()}`)
    return (await response.json()) as Answer
  }

  async stop(): Promise<void> {
    this.#standIn?.stop()
    await this.#server.stop('SIGKILL')
    for (const path of [this.folder, this.#server.folder])
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}
