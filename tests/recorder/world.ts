import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, root, startWorker } from '../../worker/testing.ts'
import { FaultProxy } from '../terraform/proxy.ts'
import { runViews, stateViews, tokenIssuer } from '../terraform/views.ts'

/** The command line, as it is installed. */
export const throughline = join(import.meta.dirname, '../../scripts/throughline')

export type Result = { readonly code: number | null; readonly out: string; readonly err: string }

export type Running = {
  readonly pid: number
  readonly shown: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Result & { readonly signal: NodeJS.Signals | null }>
}

/** A configuration that keeps its state in the backend of the environment. */
export function configured(resources: string): string {
  return `terraform {\n  backend "http" {}\n}\n${resources}`
}

/** A folder with a configuration, and a home for what the recorder keeps. */
export class Place {
  readonly folder: string
  readonly home: string
  readonly env: Record<string, string>

  constructor(folder: string, env: Record<string, string>, home = '.home') {
    this.folder = folder
    this.home = join(folder, home)
    const own = { HOME: this.home, XDG_STATE_HOME: this.home }
    this.env = { PATH: process.env['PATH'] ?? '', CHECKPOINT_DISABLE: '1', ...env, ...own }
  }

  /** Where the records wait. */
  get spool(): string {
    return join(this.home, 'throughline/spool')
  }

  /** Where plans lie while they are needed. */
  get plans(): string {
    return join(this.home, 'throughline/plans')
  }

  async write(file: string, content: string): Promise<void> {
    await writeFile(join(this.folder, file), content)
  }

  /** Starts a command in a session of its own, its input empty unless there is some. */
  start(command: readonly string[], env: Record<string, string> = {}, input = ''): Running {
    const [program = '', ...args] = command
    const child = spawn(program, args, { cwd: this.folder, env: { ...this.env, ...env }, detached: true })
    const result = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (result.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (result.err += text))
    child.stdin.on('error', () => undefined).end(input)
    const ended = new Promise<Result & { signal: NodeJS.Signals | null }>((resolve, reject) => {
      child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, ...result }))
    })
    const { pid = 0 } = child
    return { pid, shown: () => result.out + result.err, kill: (signal) => process.kill(pid, signal), ended }
  }

  /** Runs `throughline terraform …`. */
  async record(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Result> {
    return this.start([throughline, 'terraform', ...args], env, input).ended
  }

  async throughline(...args: string[]): Promise<Result> {
    return this.start([throughline, ...args]).ended
  }
}

/** Once a run has shown a text: the question, unless told otherwise. */
export async function shows({ shown }: Running, text = 'Enter a value:'): Promise<void> {
  await eventually(
    async () => shown(),
    (all) => all.includes(text),
    30_000,
  )
}

/** Folders in which the real terraform and the real recorder run; they are gone after the tests. */
export function startPlaces() {
  const places: Place[] = []
  afterAll(async () => {
    for (const { folder } of places) await rm(folder, { recursive: true, force: true })
  })
  return async (resources: string, env: Record<string, string>): Promise<Place> => {
    const made = new Place(await mkdtemp(join(tmpdir(), 'throughline-recorder-')), env)
    places.push(made)
    await made.write('main.tf', configured(resources))
    return made
  }
}

/** The Worker on a loopback port, and who reports to it. */
export function startWorld() {
  const worker = startWorker()
  const make = startPlaces()
  let calm: FaultProxy
  let url: string
  let initialised: string
  beforeAll(async () => {
    // Terraform leaves replies unread; workerd would complain of it on stderr.
    calm = new FaultProxy((await worker.server().ready).origin)
    url = await calm.listen()
    const first = await make('', settings('initial'))
    const { code, err } = await first.record(['init'])
    if (code !== 0) throw new Error(err)
    initialised = first.folder
  }, 60_000)
  afterAll(async () => calm.stop())

  function settings(state: string): Record<string, string> {
    return { THROUGHLINE_URL: url, THROUGHLINE_TOKEN: root, THROUGHLINE_STATE: state }
  }
  /** A folder with this configuration, ready for `plan`. */
  async function place(resources: string, state: string, env: Record<string, string> = {}): Promise<Place> {
    const made = await make(resources, { ...settings(state), ...env })
    await cp(join(initialised, '.terraform'), join(made.folder, '.terraform'), { recursive: true })
    return made
  }
  /** What a bare terraform needs for a state. */
  function bare(state: string): Record<string, string> {
    const address = `${url}/state/${state}`
    const places = { TF_HTTP_ADDRESS: address, TF_HTTP_LOCK_ADDRESS: address, TF_HTTP_UNLOCK_ADDRESS: address }
    return { ...places, TF_HTTP_USERNAME: 'terraform', TF_HTTP_PASSWORD: root }
  }
  const views = { ...stateViews(worker.fetch), ...runViews(worker.fetch), token: tokenIssuer(worker.fetch) }
  return { worker, root, place, bare, url: () => url, ...views }
}
