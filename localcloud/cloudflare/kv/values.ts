import type { Context } from 'hono'
import { z } from 'zod'
import type { Namespace as Storage } from '../runtime/runtime.ts'
import { badMetadata, refusalOf } from './errors.ts'
import type { Verb } from './errors.ts'
import { limits } from './schema.ts'
import type { Pair } from './schema.ts'

/** A value on its way into a namespace. */
type Incoming = { readonly value: ArrayBuffer; readonly metadata: unknown }
type Lifetime = { readonly expiration?: number; readonly expirationTtl?: number }

/** What a write carries: the body as it is, or the parts `value` and `metadata` of a form. */
export async function readValue(c: Context): Promise<Incoming> {
  const type = c.req.header('content-type') ?? ''
  if (!type.startsWith('multipart/form-data')) return { value: await c.req.arrayBuffer(), metadata: undefined }
  const form = await c.req.formData()
  const metadata = form.get('metadata')
  return {
    value: await new Response(form.get('value') ?? '').arrayBuffer(),
    metadata: metadata === null ? undefined : metadataIn(await new Response(metadata).text()),
  }
}

function metadataIn(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw badMetadata()
  }
}

/** When a value ends: seconds from now go before seconds since the epoch. */
export function lifetime(expiration: unknown, ttl: unknown): Lifetime {
  if (ttl !== undefined) return { expirationTtl: Number(ttl) }
  return expiration === undefined ? {} : { expiration: Number(expiration) }
}

/** What the storage takes beside a value. Metadata that is null counts as none. */
export function optionsOf(life: Lifetime, metadata: unknown): object {
  return { ...life, ...(metadata === undefined || metadata === null ? {} : { metadata }) }
}

/** Does something with the storage; what it refuses becomes an answer of the API. */
export async function storing<Result>(verb: Verb, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw refusalOf(verb, error)
  }
}

/** Refuses a pair as the storage would, so that a bulk write with one bad pair writes none. */
export function checkPair(verb: Verb, pair: Pair, at: number): void {
  const text = wrongIn(pair) ?? wrongLife(pair, Math.floor(at / 1000))
  if (text !== null) throw refusalOf(verb, new Error(`KV PUT failed: ${text}`))
}

function wrongIn({ key, metadata }: Pair): string | null {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0) return '400 Key names must not be empty'
  if (bytes > 512) return `414 UTF-8 encoded length of ${bytes} exceeds key length limit of 512.`
  const described = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata))
  if (described <= limits.metadataBytes) return null
  return `413 Metadata length of ${described} exceeds limit of ${limits.metadataBytes}.`
}

function wrongLife({ expiration, expiration_ttl: ttl }: Pair, seconds: number): string | null {
  if (ttl !== undefined) {
    if (ttl >= limits.leastTtl) return null
    return `400 Invalid expiration_ttl of ${ttl}. Expiration TTL must be at least ${limits.leastTtl}.`
  }
  if (expiration === undefined || expiration > seconds) return null
  return `400 Invalid expiration of ${expiration}. Please specify integer greater than the current number of seconds since the UNIX epoch.`
}

export function bytesOf({ value, base64 }: Pair): ArrayBuffer {
  return new Uint8Array(Buffer.from(value, base64 ? 'base64' : 'utf8')).buffer
}

/** A page of names as the storage gives it. */
export const Listing = z.object({
  keys: z.array(z.object({ name: z.string(), expiration: z.number().optional(), metadata: z.unknown().optional() })),
  cursor: z.string().optional(),
})

/** When a key ends: only a listing tells it. */
export async function expirationOf(storage: Storage, key: string): Promise<number | undefined> {
  const { keys } = Listing.parse(await storage.list({ prefix: key, limit: 10 }))
  return keys.find(({ name }) => name === key)?.expiration
}
