import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'

/** The columns of `audit_log` in the order in which a row is hashed. A new column begins a new order. */
export const hashed = [
  'id',
  'outbox_id',
  'at',
  'actor',
  'token_id',
  'action',
  'subject',
  'outcome',
  'request_id',
  'address',
  'changed',
  'detail',
] as const

/** A row as stored. Whatever stands in it is hashed: who edits a row need not keep to our types. */
export const Logged = z.looseObject({ id: z.number() })
export type Logged = z.infer<typeof Logged>

/** What the chain begins with. */
export const origin = '0'.repeat(64)

/** Where the chain stands after a seal. */
export type Place = { readonly number: number; readonly last_id: number; readonly hash: string }
export const beginning: Place = { number: 0, last_id: 0, hash: origin }

/** Rows per seal. */
export const largestSeal = 1000

/** Rows with ids that follow one another, and the chain after each of them: 64 hex digits a row. */
export type Seal = {
  readonly number: number
  readonly first_id: number
  readonly last_id: number
  readonly rows: number
  readonly previous: string
  readonly hash: string
  readonly sealed_at: number
  readonly row_hashes: string
}

/** The chain after a row, in hex. With another `id` than its own: as if the row stood there. */
export function linkOf(previous: string, row: Logged, id = row.id): string {
  const canonical = JSON.stringify(Object.fromEntries(hashed.map((name) => [name, name === 'id' ? id : row[name]])))
  return createHash('sha256').update(Buffer.from(previous, 'hex')).update(canonical).digest('hex')
}

/** The chain after the row with this id, or before the first row of the seal; undefined outside of it. */
export function linkIn(seal: Seal, id: number): string | undefined {
  if (id === seal.first_id - 1) return seal.previous
  const place = id - seal.first_id
  return place >= 0 && id <= seal.last_id ? seal.row_hashes.slice(place * 64, place * 64 + 64) : undefined
}

/** Whether a seal is one that follows this place and agrees with itself; its rows are not looked at. */
export function follows(seal: Seal, place: Place): boolean {
  return (
    seal.previous === place.hash &&
    seal.first_id === place.last_id + 1 &&
    seal.rows === seal.last_id - seal.first_id + 1 &&
    seal.rows >= 1 &&
    seal.rows <= largestSeal &&
    seal.row_hashes.length === seal.rows * 64 &&
    linkIn(seal, seal.last_id) === seal.hash
  )
}

/** How a row broke: whether what belongs here stands elsewhere, and whether what stands here belongs elsewhere. */
export function nameBreak(isOriginalElsewhere: boolean, belongsElsewhere: boolean) {
  if (isOriginalElsewhere) return belongsElsewhere ? 'reordered' : 'inserted'
  return belongsElsewhere ? 'deleted' : 'edited'
}
