import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { demandsOf } from '../../localcloud/terraform/folder.ts'
import { startStandIn } from '../../localcloud/terraform/stand-in.ts'
import type { StandIn } from '../../localcloud/terraform/stand-in.ts'
import { readStacks } from '../../scripts/stacks/synthesised.ts'
import { Server, freePort, owner } from '../server/server.ts'

const root = join(import.meta.dirname, '../..')
/** What a clone holds of what the stacks' commands need. */
const cloned = ['.github', 'cdktf.json', 'package.json', 'scripts', 'stacks', 'tsconfig.json', 'worker']
/** Longer than any command here takes on a busy machine. */
const patienceMs = 120_000

export type Result = { readonly code: number | null; readonly output: string }
export type Running = {
  readonly output: () => string
  /** Signals all that runs in the terminal, as Ctrl-C does. */
  readonly interrupt: () => void
  readonly ended: Promise<Result>
}
type Clouds = {
  readonly cloudflare: { readonly api_url: string; readonly account_id: string; readonly api_token: string }
  readonly github: { readonly api_url: string; readonly token: string; readonly webhook_secret: string }
}

/**
 * A clone of this repository whose settings were edited for the two clouds of a server that runs beside it, and providers
 * that stand in for the real ones: what an owner has after editing one file.
 */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'throughline-clone-'))
  readonly server: Server
  #standIn: StandIn | null = null
  #env: Record<string, string> = {}

  private constructor(server: Server) {
    this.server = server
  }

  /** @param edit what else is to be other in the settings' text */
  static async start(edit: (settings: string) => string = (settings) => settings): Promise<World> {
    const clouds = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'local', CLOUD_PORT: '0', GITHUB_PORT: '0' }
    const data = mkdtempSync(join(tmpdir(), 'throughline-'))
    const place = { PORT: String(await freePort()), DATA_DIR: data, CLIENT_AUTH_TOKEN: owner }
    const world = new World(await new Server({ ...place, ...clouds }, []).ready())
    await world.#prepare(edit)
    return world
  }

  async #prepare(edit: (settings: string) => string): Promise<void> {
    const { cloudflare, github } = JSON.parse(
      readFileSync(join(this.server.folder, 'credentials.json'), 'utf8'),
    ) as Clouds
    this.#env = variables(this.server.url, cloudflare, github)
    const { login, id } = (await ask(github.api_url, github.token, 'GET', '/user')) as { login: string; id: number }
    await ask(github.api_url, github.token, 'POST', '/user/repos', { name: 'throughline', auto_init: true })
    const { result } = (await ask(cloudflare.api_url, cloudflare.api_token, 'POST', '/zones', {
      name: 'example.com',
    })) as { result: { id: string } }
    // A custom domain leads to a script, and wrangler's is not deployed here.
    const script = uploadForm('export default { async fetch() { return new Response("hi") } }')
    const scripts = `/accounts/${cloudflare.account_id}/workers/scripts/throughline`
    await ask(cloudflare.api_url, cloudflare.api_token, 'PUT', scripts, script)

    for (const path of cloned) cpSync(join(root, path), join(this.folder, path), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'))
    const file = join(this.folder, 'stacks/settings.ts')
    const settings = readFileSync(file, 'utf8')
      .replace("project: 'throughline',", "project: 'throughline',\n  protectData: false,")
      .replace("accountId: '00000000000000000000000000000000'", `accountId: '${cloudflare.account_id}'`)
      .replace("id: '11111111111111111111111111111111'", `id: '${result.id}'`)
      .replace("owner: 'example'", `owner: '${login}'`)
      .replace('users: [583231]', `users: [${id}]`)
    writeFileSync(file, edit(settings))
    await this.do('node', ['--disable-warning=DEP0044', 'stacks/main.ts'])
    this.#standIn = await startStandIn(demandsOf(this.stacks().map((name) => this.stack(name))), {
      cacheFolder: join(root, '.build/terraform'),
      env: this.#env,
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

  /** Starts a program in the clone, or in one of its folders, for whoever wants to disturb it. */
  start(
    program: string,
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string> } = {},
  ): Running {
    const child = spawn(program === 'node' ? process.execPath : program, args, {
      cwd: options.cwd ?? this.folder,
      env: { ...this.#env, ...this.#standIn?.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      detached: true,
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
    return { output: () => output, interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'), ended }
  }

  async run(...given: Parameters<World['start']>): Promise<Result> {
    return this.start(...given).ended
  }

  /** Runs a program that must succeed. */
  async do(...given: Parameters<World['start']>): Promise<string> {
    const { code, output } = await this.run(...given)
    if (code !== 0) throw new Error(`${given[0]} ${given[1].join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  /** Real terraform in the folder of a stack. */
  async terraform(stack: string, ...args: string[]): Promise<Result> {
    return this.run('terraform', args, { cwd: this.stack(stack) })
  }

  /** What the server answers. */
  async get<Answer>(path: string): Promise<Answer> {
    const response = await this.server.call(path, owner)
    if (response.status !== 200) throw new Error(`${path}: ${response.status}: ${await response.text()}`)
    return (await response.json()) as Answer
  }

  async stop(): Promise<void> {
    this.#standIn?.stop()
    await this.server.stop('SIGKILL')
    for (const path of [this.folder, this.server.folder])
      rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** What `npm run plan` asks for, and where the clouds are. */
function variables(url: string, cloudflare: Clouds['cloudflare'], github: Clouds['github']): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: tmpdir(),
    TF_INPUT: '0',
    TF_CLI_ARGS: '-no-color',
    THROUGHLINE_URL: url,
    THROUGHLINE_TOKEN: owner,
    TF_HTTP_USERNAME: 'terraform',
    TF_HTTP_PASSWORD: owner,
    CLOUDFLARE_BASE_URL: cloudflare.api_url,
    CLOUDFLARE_API_TOKEN: cloudflare.api_token,
    GITHUB_BASE_URL: github.api_url,
    GITHUB_TOKEN: github.token,
    ARM_USE_CLI: 'true',
    AUTH0_DOMAIN: 'example.eu.auth0.com',
    AUTH0_API_TOKEN: 'auth0-hush',
    TF_VAR_cloudflare_api_token: 'cloudflare-hush',
    TF_VAR_azure_credentials: 'azure-hush',
    TF_VAR_connector_token: 'connector-hush',
    TF_VAR_github_webhook_secret: github.webhook_secret,
  }
}

async function ask(base: string, token: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}: ${await response.text()}`)
  return response.json()
}
