import { worker } from '../../stacks/manifest.ts'
import { Account } from './api.ts'
import { ownSettings, placeIn } from './settings.ts'
import { idOf } from './things.ts'
import { Wrangler } from './wrangler.ts'
import type { Ids } from './wrangler.ts'

/** Wrangler for the account of the settings, with the ids of what the Worker binds: they are looked up by name. */
export async function openWrangler(env: NodeJS.ProcessEnv): Promise<Wrangler> {
  // The shell may say where the control plane answers, as for the stacks.
  const settings = await ownSettings(env['THROUGHLINE_URL'] || env['WORKER_URL'])
  const place = placeIn(settings, env)
  return new Wrangler(place, settings, await idsOn(new Account(place)), env)
}

async function idsOn(account: Account): Promise<Ids> {
  const ids: Record<string, string> = {}
  for (const [binding, name] of Object.entries(worker.databases))
    ids[binding] = await idOf(account, 'cloudflare_d1_database', name)
  for (const [binding, title] of Object.entries(worker.keyValueNamespaces))
    ids[binding] = await idOf(account, 'cloudflare_workers_kv_namespace', title)
  return ids
}
