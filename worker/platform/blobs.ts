import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from '@hono/zod-openapi'

/** Gzipped bodies up to this many bytes stay in their row; D1 takes 2 MB, but every reader of the table reads along. */
const largestInline = 64_000

/** Where a gzipped body is: in the row itself, or in R2 under a key. */
export type Stored = { readonly body: Uint8Array | null; readonly r2_key: string | null }

/** A blob as D1 gives it: an array of bytes, which are too many to look at one by one. */
export const Blob = z.custom<readonly number[]>(Array.isArray)

/** The columns of a stored body, as a row of D1 gives them. */
export const StoredBody = z.object({ body: Blob.nullable(), r2_key: z.string().nullable() })

/**
 * Gzips a body and keeps it out of D1 when it is large. Writing to R2 comes before the row that names the key, so the key
 * must be the same each time: a request that is repeated then overwrites what its first try left.
 */
export async function storeBody(env: Env, key: string, text: string): Promise<Stored> {
  const packed = gzipSync(text)
  if (packed.byteLength <= largestInline) return { body: packed, r2_key: null }
  await env.RECORDS.put(key, packed)
  return { body: null, r2_key: key }
}

/** Reads back what `storeBody` stored. */
export async function loadBody(env: Env, { body, r2_key: key }: z.infer<typeof StoredBody>): Promise<string | null> {
  if (body) return gunzipSync(Uint8Array.from(body)).toString()
  const object = key === null ? null : await env.RECORDS.get(key)
  return object && gunzipSync(await object.arrayBuffer()).toString()
}
