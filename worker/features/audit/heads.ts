import { z } from '@hono/zod-openapi'
import type { Seal } from './chain.ts'

/** The heads of the seals in R2, each an object that is written once: whoever edits D1 does not reach them. */
const prefix = 'audit/'
const perList = 1000
const keyOf = (number: number) => `${prefix}${String(number).padStart(12, '0')}`

const Head = z.object({
  number: z.int(),
  first_id: z.int(),
  last_id: z.int(),
  rows: z.int(),
  previous: z.string(),
  hash: z.string(),
  sealed_at: z.int(),
  row_hashes: z.string(),
})

/** A seal as one line, without the chain inside it: equal for equal seals. Listing R2 gives it without reading objects. */
export function summaryOf({ number, first_id, last_id, rows, previous, hash, sealed_at }: Seal): string {
  return JSON.stringify({ number, first_id, last_id, rows, previous, hash, sealed_at })
}

/** Writes a seal's head, unless there is one: what stands there is never replaced. */
export async function putHead(bucket: R2Bucket, seal: Seal): Promise<void> {
  await bucket.put(keyOf(seal.number), JSON.stringify(seal), {
    onlyIf: { etagDoesNotMatch: '*' },
    httpMetadata: { contentType: 'application/json' },
    customMetadata: { seal: summaryOf(seal) },
  })
}

/** The seal that R2 knows under this number, or null when there is none that can be read. */
export async function readHead(bucket: R2Bucket, number: number): Promise<Seal | null> {
  const object = await bucket.get(keyOf(number))
  try {
    return object && Head.parse(await object.json())
  } catch {
    return null
  }
}

export async function hasHead(bucket: R2Bucket, number: number): Promise<boolean> {
  return (await bucket.head(keyOf(number))) !== null
}

/** The summaries by number of up to a thousand heads after `number`. */
export async function headsAfter(bucket: R2Bucket, number: number): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>()
  let cursor: string | undefined
  do {
    const where = cursor === undefined ? { startAfter: keyOf(number) } : { cursor }
    const page = await bucket.list({ prefix, limit: perList, include: ['customMetadata'], ...where })
    for (const { key, customMetadata } of page.objects) {
      found.set(Number(key.slice(prefix.length)), customMetadata?.['seal'] ?? '')
    }
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined && found.size < perList)
  return found
}

/** The newest number that R2 has a head for, or 0; looked for from `number` back. */
export async function newestHead(bucket: R2Bucket, number: number): Promise<number> {
  for (let after = number; after > 0;) {
    after = Math.max(0, after - perList)
    const heads = await headsAfter(bucket, after)
    if (heads.size > 0) return Math.max(...heads.keys())
  }
  return 0
}
