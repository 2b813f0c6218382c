import type { Context } from 'hono'
import type { z } from 'zod'
import { parseJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import type { Namespace as Storage } from '../runtime/runtime.ts'
import * as refusals from './errors.ts'
import { namespaceOf } from './queries.ts'
import { Keys, Pairs, Wanted, limits } from './schema.ts'
import type { Pair } from './schema.ts'
import { bytesOf, checkPair, expirationOf, lifetime, optionsOf, storing } from './values.ts'

const base = '/accounts/:account/storage/kv/namespaces/:id/bulk'

/** How many writes are on their way into the storage at once. */
const abreast = 32

/** Many keys in one call. Every pair is proved before the first is written. */
export function bulkRoutes(api: Api, cloud: Cloud): void {
  api.put(base, async (c) => {
    const { id, body } = await read(c, cloud, 'bulk put keys', Pairs)
    if (body.length > limits.writes) throw refusals.tooMany('bulk put keys', limits.writes)
    for (const pair of body) checkPair('bulk put keys', pair, cloud.now())
    await inNamespace(cloud, id, body, put)
    return done(body)
  })
  for (const method of ['delete', 'post'] as const) {
    // The older form is a DELETE with a body.
    api.on(method, method === 'post' ? `${base}/delete` : base, async (c) => {
      const { id, body } = await read(c, cloud, 'bulk remove keys', Keys)
      if (body.length > limits.writes) throw refusals.tooMany('bulk remove keys', limits.writes)
      await inNamespace(cloud, id, body, (storage, key) => storage.delete(key))
      return done(body)
    })
  }
  api.post(`${base}/get`, async (c) => {
    const { id, body } = await read(c, cloud, 'bulk get keys', Wanted)
    const count = body.keys.length
    if (count === 0 || count > limits.reads) throw refusals.tooMany('bulk get keys', limits.reads)
    return ok({ values: await cloud.runtime.namespace(id, (storage) => valuesOf(storage, body)) })
  })
}

async function read<Schema extends z.ZodType>(c: Context, { store }: Cloud, verb: string, schema: Schema) {
  const { id } = namespaceOf(store, c.req.param('id') ?? '', verb)
  const text = await c.req.text()
  if (text.length > limits.writeBytes) throw refusals.tooLarge(verb, limits.writeBytes)
  return { id, body: parseJson(text, schema, refusals.badBody) }
}

async function put(storage: Storage, pair: Pair): Promise<void> {
  const life = lifetime(pair.expiration, pair.expiration_ttl)
  await storage.put(pair.key, bytesOf(pair), optionsOf(life, pair.metadata))
}

/** Does the work for each item, several at a time; a later item for the same key comes after an earlier one. */
async function inNamespace<Item>(
  cloud: Cloud,
  id: string,
  items: readonly Item[],
  work: (storage: Storage, item: Item) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < items.length; from += abreast) {
    const some = items.slice(from, from + abreast)
    await storing('bulk', () =>
      cloud.runtime.namespace(id, (storage) => Promise.all(some.map((item) => work(storage, item)))),
    )
  }
}

function done(items: readonly unknown[]): Response {
  return ok({ successful_key_count: items.length, unsuccessful_keys: [] })
}

async function valuesOf(storage: Storage, { keys, type, withMetadata }: Wanted): Promise<Record<string, unknown>> {
  const found = await Promise.all(
    keys.map(async (key) => {
      const { value, metadata } = await storage.getWithMetadata(key, 'text')
      if (value === null) return [key, null] as const
      const shown = type === 'json' ? jsonIn(key, value) : value
      if (!withMetadata) return [key, shown] as const
      const expiration = await expirationOf(storage, key)
      return [key, { value: shown, metadata, ...(expiration === undefined ? {} : { expiration }) }] as const
    }),
  )
  return Object.fromEntries(found)
}

function jsonIn(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusals.badBody(`At least one of the requested keys corresponds to a non-JSON value: ${key}`)
  }
}
