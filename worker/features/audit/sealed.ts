import { z } from '@hono/zod-openapi'
import { sql, Statement } from '../../platform/sql.ts'
import { hashed, largestSeal, Logged } from './chain.ts'
import type { Seal } from './chain.ts'

/** Bytes of a column that are read: no row of ours has more, so one that was made longer is another by any other text. */
const longest = 100_000
/** Rows and seals that are in memory at once. */
const together = { rows: 100, seals: 50 }

const columns = new Statement(
  hashed.map((name) => `iif(octet_length(${name}) > ${longest}, 'too long', ${name}) as ${name}`).join(', '),
  [],
)

const SealRow = z.object({
  number: z.number(),
  first_id: z.number(),
  last_id: z.number(),
  rows: z.number(),
  previous: z.string(),
  hash: z.string(),
  sealed_at: z.number(),
  row_hashes: z.string(),
})

const selected = sql`select number, first_id, last_id, rows, substr(previous, 1, 65) as previous, substr(hash, 1, 65) as hash,
  iif(length(row_hashes) > ${32 * largestSeal}, '', lower(hex(row_hashes))) as row_hashes, sealed_at from audit_seals`

/** Rows in the order of their ids, from the first that is not below `from`. */
export async function* rowsFrom(db: D1Database, from: number): AsyncGenerator<Logged> {
  for (let next = from; ;) {
    const rows = await sql`select ${columns} from audit_log where audit_log.id >= ${next}
      order by audit_log.id limit ${together.rows}`.all(db, Logged)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < together.rows) return
    next = last.id + 1
  }
}

/** Ids in their order, at most `limit` of those above `after`. */
export async function idsAfter(db: D1Database, after: number, limit: number): Promise<number[]> {
  const rows = await sql`select id from audit_log where id > ${after} order by id limit ${limit}`.all(db, Logged)
  return rows.map(({ id }) => id)
}

/** The lowest id, or null: ids begin with 1. */
export async function lowestId(db: D1Database): Promise<number | null> {
  const [first] = await sql`select id from audit_log order by id limit 1`.all(db, Logged)
  return first?.id ?? null
}

/** Seals in their order, from the one after `number`. */
export async function* sealsAfter(db: D1Database, number: number): AsyncGenerator<Seal> {
  for (let after = number; ;) {
    const seals = await sql`${selected} where number > ${after} order by number limit ${together.seals}`.all(
      db,
      SealRow,
    )
    yield* seals
    const last = seals.at(-1)
    if (last === undefined || seals.length < together.seals) return
    after = last.number
  }
}

export async function findSeal(db: D1Database, number: number): Promise<Seal | null> {
  return sql`${selected} where number = ${number}`.first(db, SealRow)
}

export async function newestSeal(db: D1Database): Promise<Seal | null> {
  return sql`${selected} order by number desc limit 1`.first(db, SealRow)
}

/** Adds a seal behind the one it was made for. @returns false when somebody else was there first. */
export async function addSeal(db: D1Database, seal: Seal): Promise<boolean> {
  const { number, first_id, last_id, rows, previous, hash, sealed_at, row_hashes } = seal
  const added =
    await sql`insert into audit_seals (number, first_id, last_id, rows, previous, hash, row_hashes, sealed_at)
    select ${number}, ${first_id}, ${last_id}, ${rows}, ${previous}, ${hash}, ${Buffer.from(row_hashes, 'hex')}, ${sealed_at}
    where coalesce((select max(number) from audit_seals), 0) = ${number - 1}`.run(db)
  return added === 1
}
