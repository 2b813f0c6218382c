import type { Moment } from '../../platform/clock.ts'
import { beginning, follows } from './chain.ts'
import type { Place, Seal } from './chain.ts'
import { findBrokenRow, RowReader } from './comparison.ts'
import { headsAfter, readHead, summaryOf } from './heads.ts'
import type { Reason } from './schema.ts'
import { findSeal, idsAfter, lowestId, sealsAfter } from './sealed.ts'

/** Work per call. */
const most = { rows: 5000, seals: 500, unsealed: 5000 }

/** How long a seal may wait for its head in R2, in milliseconds. */
const patience = 5 * 60_000

/** What is broken: a row, or when `id` is null a seal. */
export type Broken = { readonly id: number | null; readonly seal: number | null; readonly reason: Reason }

/** How far a call came. `unsealed` counts the rows behind the last seal, and is null when it was not reached. */
export type Verified = {
  readonly place: Place
  readonly rows: number
  readonly unsealed: number | null
  readonly broken: Broken | null
}

/** Where the chain stands after a seal that was verified before, or null when nobody knows that seal. */
export async function placeAfter(env: Env, number: number): Promise<Place | null> {
  if (number === 0) return beginning
  return (await findSeal(env.DEPLOYMENT_DB, number)) ?? readHead(env.RECORDS, number)
}

/** Compares the rows behind a place with their seals, and these with each other and with their heads in R2. */
export async function verify(env: Env, from: Place, at: Moment): Promise<Verified> {
  const db = env.DEPLOYMENT_DB
  // R2 first: a seal is in D1 before its head is in R2, so what D1 lacks of these was taken away.
  const heads = await headsAfter(env.RECORDS, from.number)
  const low = from.number === 0 ? await insertedBelow(db) : null
  if (low) return upTo(from, from, low)
  const check = { env, heads, at, rows: new RowReader(db, from.last_id + 1) }
  const stored = sealsAfter(db, from.number)
  let place = from
  let next: Seal | undefined = (await stored.next()).value
  while (!isEnough(from, place)) {
    if (next === undefined && !isFurther(heads, place.number))
      return { ...upTo(from, place), ...(await tail(db, place)) }
    const seal: Seal | null = next?.number === place.number + 1 ? next : null
    const broken: Broken | null = await breakOf(check, place, seal)
    if (broken || !seal) return upTo(from, place, broken)
    place = seal
    next = (await stored.next()).value
  }
  return upTo(from, place)
}

/** Ids begin with 1, and so does the first seal. */
async function insertedBelow(db: D1Database): Promise<Broken | null> {
  const id = await lowestId(db)
  return id !== null && id < 1 ? { id, seal: null, reason: 'inserted' } : null
}

function isEnough(from: Place, place: Place): boolean {
  return place.last_id - from.last_id >= most.rows || place.number - from.number >= most.seals
}

function upTo(from: Place, place: Place, broken: Broken | null = null): Verified {
  return { place, rows: place.last_id - from.last_id, unsealed: null, broken }
}

function isFurther(heads: ReadonlyMap<number, string>, number: number): boolean {
  return Math.max(0, ...heads.keys()) > number
}

/** The rows that no seal covers yet: one that is missing between them was taken away. */
async function tail(db: D1Database, { last_id }: Place): Promise<Pick<Verified, 'unsealed' | 'broken'>> {
  const ids = await idsAfter(db, last_id, most.unsealed)
  const gap = ids.findIndex((id, index) => id !== last_id + 1 + index)
  return { unsealed: ids.length, broken: gap < 0 ? null : { id: last_id + 1 + gap, seal: null, reason: 'deleted' } }
}

type Check = {
  readonly env: Env
  readonly heads: ReadonlyMap<number, string>
  readonly at: Moment
  readonly rows: RowReader
}

/** What is wrong with the seal that comes after a place, or with its rows. `seal` is what D1 has of it. */
async function breakOf(check: Check, place: Place, seal: Seal | null): Promise<Broken | null> {
  if (seal && (await isSound(check, place, seal))) return null
  const { DEPLOYMENT_DB: db, RECORDS: bucket } = check.env
  const number = place.number + 1
  const id = place.last_id + 1
  // What R2 knows decides which row it was: the hashes in D1 may have been rewritten with the rows.
  const sealed = (await readHead(bucket, number)) ?? seal
  if (sealed === null || sealed.first_id > id) return { id, seal: number, reason: 'deleted' }
  const row = follows(sealed, place) ? await findBrokenRow(db, sealed) : null
  return row ? { ...row, seal: number } : { id: null, seal: number, reason: reasonOf(check, place, seal) }
}

async function isSound(check: Check, place: Place, seal: Seal): Promise<boolean> {
  if (!follows(seal, place) || !isAnchored(check, seal)) return false
  return (await findBrokenRow(check.env.DEPLOYMENT_DB, seal, check.rows)) === null
}

/** Whether R2 has this seal's head, or may still get it. */
function isAnchored({ heads, at }: Check, seal: Seal): boolean {
  const head = heads.get(seal.number)
  if (head !== undefined) return head === summaryOf(seal)
  return !isFurther(heads, seal.number) && at - seal.sealed_at < patience
}

function reasonOf({ heads }: Check, place: Place, seal: Seal | null): Reason {
  if (seal === null) return 'deleted'
  return heads.has(seal.number) || !follows(seal, place) ? 'edited' : 'unanchored'
}
