import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { worker } from '../../stacks/manifest.ts'
import { isTokenForm } from '../../worker/features/access/token.ts'
import type { Account } from '../account/api.ts'
import { Server } from '../cli/api.ts'
import { Refusal, codeOf } from '../embedded/refusal.ts'
import type { World } from './world.ts'

/** Older answers call the id of a database `id`, newer ones `database_id` as well. */
const Binding = z
  .object({ name: z.string(), id: z.string().optional(), database_id: z.string().optional() })
  .transform(({ name, id, database_id }) => ({ name, id: database_id ?? id ?? null }))
const Settings = z.object({ bindings: z.array(Binding) })
type Binding = z.infer<typeof Binding>

/** What the account's Worker binds, or null when there is none. */
export async function findWorker(account: Account): Promise<Binding[] | null> {
  const found = await account.find(`workers/scripts/${worker.script}/settings`, Settings)
  return found?.bindings ?? null
}

/** Where the Worker answers from its first deployment on, whatever domains follow. */
export async function addressOf({ account }: World): Promise<string> {
  if (account.isLocal) return `${new URL(account.place.apiUrl).origin}/workers/${worker.script}`
  const found = await account.find('workers/subdomain', z.object({ subdomain: z.string() }))
  if (found) return `https://${worker.script}.${found.subdomain}.workers.dev`
  throw new Refusal('The account has no workers.dev subdomain: choose one in the dashboard, under Workers & Pages.')
}

/** Whether somebody answers there who has a database. */
export async function isHealthy(address: string): Promise<boolean> {
  const call = { signal: AbortSignal.timeout(10_000), redirect: 'error' } as const
  return fetch(`${address}/api/health`, call).then(
    async (response) => response.ok && Health.safeParse(await response.json()).success,
    () => false,
  )
}

const Health = z.object({ status: z.literal('ok'), version: z.string() })

/** The control plane with its owner's token, or null while it does not answer. */
export async function reach(world: World): Promise<Server | null> {
  if ((await findWorker(world.account)) === null) return null
  const url = await addressOf(world)
  if (!(await isHealthy(url))) return null
  const token = knownToken(world)
  if (token === null) throw new Refusal(unknownToken(world))
  const server = new Server({ url, token })
  const { status } = await server.ask('/api/states?limit=1')
  if (status !== 401) return server
  throw new Refusal(`${url} does not take the owner's token of this machine: set CLIENT_AUTH_TOKEN to the right one.`)
}

/** The owner's token, of the shell or as it was kept here; null when neither knows it. */
export function knownToken({ env: { CLIENT_AUTH_TOKEN: given }, folder }: World): string | null {
  if (given && !isTokenForm(given))
    throw new Refusal('CLIENT_AUTH_TOKEN must be 40 to 80 characters of 0-9 A-Z a-z _ -.')
  if (given) return given
  try {
    const kept: unknown = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8'))
    return z.object({ client_auth_token: z.string() }).parse(kept).client_auth_token
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

export function unknownToken({ folder }: World): string {
  return `The Worker has its owner's token already, which was not made here (there is no ${folder}/credentials.json): set CLIENT_AUTH_TOKEN to it.`
}
