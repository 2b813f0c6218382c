import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner, startServers } from '../server/server.ts'
import type { Server } from '../server/server.ts'
import { inventoryOf } from './flows.ts'

const { start, folder } = startServers('all')

type Run = { status: string; steps: { name: string; status: string }[]; error: string | null }

/** A server that is killed and started again on its folder. */
class Killed {
  readonly #folder = folder()
  #server: Server | null = null
  #port = ''

  async start(): Promise<void> {
    this.#port ||= String(await freePort())
    const env = { DATA_DIR: this.#folder, PORT: this.#port, CLIENT_AUTH_TOKEN: owner }
    this.#server = await start({ ...env, THROUGHLINE_CLOUD: 'local', CLOUD_PORT: '0' })
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
    const text = readFileSync(join(this.#folder, 'credentials.json'), 'utf8')
    const { cloudflare } = JSON.parse(text) as { cloudflare: Record<'api_url' | 'account_id' | 'api_token', string> }
    const headers = { authorization: `Bearer ${cloudflare.api_token}` }
    return inventoryOf(async (path) => {
      const response = await fetch(`${cloudflare.api_url}/accounts/${cloudflare.account_id}${path}`, { headers })
      return ((await response.json()) as { result: never }).result
    })
  }
}

/** Follows a run, kills the server as soon as so many steps are done, again and again, and tells how it ended. */
async function killed(server: Killed, place: string, counts: readonly number[]): Promise<Run & { kills: number }> {
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

test('a server that is killed between the steps of a creation and of a deletion ends both, and orphans nothing', async () => {
  const server = new Killed()
  await server.start()
  const background = { prefer: 'respond-async', 'content-type': 'application/json' }
  const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }
  const body = JSON.stringify({ name: 'shop', bindings })
  const created = await server.call('/flows/create-project', { method: 'POST', headers: background, body })
  const creation = await killed(server, created.location, [0, 2, 4, 6])
  expect(creation).toMatchObject({ status: 'success', error: null })
  expect(await server.inventory()).toEqual([
    'd1:shop-db',
    'kv:shop-cache',
    'queue:shop-jobs',
    'r2:shop-assets',
    'script:shop',
  ])
  const removed = await server.call('/flows/project/shop?cleanup', { method: 'DELETE', headers: background })
  const deletion = await killed(server, removed.location, [2, 5])
  expect(deletion).toMatchObject({ status: 'success', error: null })
  // On a fast machine a run may be over before the last kill.
  expect([creation.kills >= 2, deletion.kills >= 1]).toEqual([true, true])
  expect(await server.inventory()).toEqual([])
}, 300_000)
