import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner, startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'
import { inventoryOf } from './flows.ts'

type Start = ReturnType<typeof startServers>['start']
type Run = { status: string; steps: { name: string; status: string }[]; error: string | null; result: unknown }

/** Servers that are killed and started again, each on a folder of its own; for one test file. */
export function startKilled() {
  const { start, folder } = startServers('all')
  return (): Killed => new Killed(start, folder())
}

/** A server that is killed and started again on its folder. */
export class Killed {
  readonly #start: Start
  readonly #folder: string
  #server: Server | null = null
  #port = ''

  constructor(start: Start, folder: string) {
    this.#start = start
    this.#folder = folder
  }

  async start(): Promise<void> {
    this.#port ||= String(await freePort())
    const env = { DATA_DIR: this.#folder, PORT: this.#port, CLIENT_AUTH_TOKEN: owner }
    this.#server = await this.#start({ ...env, THROUGHLINE_CLOUD: 'local', CLOUD_PORT: '0' })
    await this.#server.ready()
  }

  async restart(): Promise<void> {
    await this.#server?.stop('SIGKILL')
    await this.start()
  }

  async call(path: string, init: RequestInit = {}): Promise<{ body: Run; location: string }> {
    const response = await this.#server?.call(path, owner, init)
    return { body: (await response?.json()) as Run, location: response?.headers.get('location') ?? '' }
  }

  /** What is in the account, asked directly. */
  async inventory(): Promise<string[]> {
    return inventoryOf(async (path) => this.ask(path))
  }

  /** A call of the account's API. */
  async ask<Result>(path: string): Promise<Result> {
    const text = readFileSync(join(this.#folder, 'credentials.json'), 'utf8')
    const { cloudflare } = JSON.parse(text) as { cloudflare: Record<'api_url' | 'account_id' | 'api_token', string> }
    const headers = { authorization: `Bearer ${cloudflare.api_token}` }
    const response = await fetch(`${cloudflare.api_url}/accounts/${cloudflare.account_id}${path}`, { headers })
    return ((await response.json()) as { result: Result }).result
  }
}

/** Follows a run, kills the server as soon as so many steps are done, again and again, and tells how it ended. */
export async function killed(
  server: Killed,
  place: string,
  counts: readonly number[],
): Promise<Run & { kills: number }> {
  let kills = 0
  const read = async () => (await server.call(place)).body
  const isOver = ({ status }: Run) => status === 'success' || status === 'failed'
  for (const count of counts) {
    const isFar = ({ steps }: Run) => steps.filter(({ status }) => status === 'done').length >= count
    const run = await eventually(read, (one) => isOver(one) || isFar(one), 60_000)
    if (isOver(run)) return { ...run, kills }
    await server.restart()
    kills += 1
  }
  return { ...(await eventually(read, isOver, 60_000)), kills }
}
