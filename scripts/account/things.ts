import { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'
import type { Account } from './api.ts'

/** How each kind of thing is found on an account by its name: the id with which Terraform imports it, without the account. */
export const finders: Readonly<Record<string, (account: Account, name: string) => Promise<string | null>>> = {
  cloudflare_d1_database: async (account, name) => {
    const all = await account.list('d1/database', z.object({ uuid: z.string(), name: z.string() }))
    return all.find((each) => each.name === name)?.uuid ?? null
  },
  cloudflare_workers_kv_namespace: async (account, name) => {
    const all = await account.list('storage/kv/namespaces', z.object({ id: z.string(), title: z.string() }))
    return all.find((each) => each.title === name)?.id ?? null
  },
  cloudflare_r2_bucket: async (account, name) => {
    const found = await account.find(`r2/buckets/${name}`, z.object({ name: z.string() }))
    return found && `${name}/default`
  },
  cloudflare_queue: async (account, name) => {
    const all = await account.list('queues', z.object({ queue_id: z.string(), queue_name: z.string() }))
    return all.find((each) => each.queue_name === name)?.queue_id ?? null
  },
  cloudflare_workers_for_platforms_dispatch_namespace: async (account, name) => {
    const found = await account.find(`workers/dispatch/namespaces/${name}`, z.unknown())
    return found === null ? null : name
  },
  // An account has one, whatever its name is.
  cloudflare_secrets_store: async (account) => {
    const [store] = await account.list('secrets_store/stores', z.object({ id: z.string() }))
    return store?.id ?? null
  },
}

/** The id of something that must be there. @throws Refusal naming what is missing */
export async function idOf(account: Account, type: string, name: string): Promise<string> {
  const id = await finders[type]?.(account, name)
  if (id) return id
  throw new Refusal(`The account ${account.place.id} has no ${type} "${name}": npm run bootstrap makes it.`)
}
