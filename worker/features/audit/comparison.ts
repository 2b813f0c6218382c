import { linkIn, linkOf, nameBreak } from './chain.ts'
import type { Logged, Seal } from './chain.ts'
import type { Reason } from './schema.ts'
import { rowsFrom, sealsAfter } from './sealed.ts'

/** How many rows behind a broken one are searched for what belongs there. */
const searched = 1000

/** Rows read once, in their order, for seals that follow one another. */
export class RowReader {
  readonly #rows: AsyncGenerator<Logged>
  #next: Logged | null = null

  constructor(db: D1Database, from: number) {
    this.#rows = rowsFrom(db, from)
  }

  /** The row with this id, the next there may be; null when it is gone. */
  async take(id: number): Promise<Logged | null> {
    this.#next ??= (await this.#rows.next()).value ?? null
    if (this.#next?.id !== id) return null
    const row = this.#next
    this.#next = null
    return row
  }
}

/** The first row that is not what was sealed, and how it differs. */
export async function findBrokenRow(
  db: D1Database,
  seal: Seal,
  rows = new RowReader(db, seal.first_id),
): Promise<{ id: number; reason: Reason } | null> {
  for (let id = seal.first_id; id <= seal.last_id; id += 1) {
    const row = await rows.take(id)
    if (row === null) return { id, reason: 'deleted' }
    if (!stands(row, seal, id)) return { id, reason: await reasonOf(db, seal, row) }
  }
  return null
}

/** Whether a row's content is what was sealed under this id. */
function stands(row: Logged, seal: Seal, id: number): boolean {
  const before = linkIn(seal, id - 1)
  return before !== undefined && linkOf(before, row, id) === linkIn(seal, id)
}

/** Names the break by what is found near it: the place is certain, the word is a guess when more than one row was changed. */
async function reasonOf(db: D1Database, seal: Seal, row: Logged): Promise<Reason> {
  return nameBreak(await isOriginalBehind(db, seal, row.id), await belongsBehind(db, seal, row))
}

async function isOriginalBehind(db: D1Database, seal: Seal, id: number): Promise<boolean> {
  for await (const row of rowsFrom(db, id + 1)) {
    if (row.id > id + searched) return false
    if (stands(row, seal, id)) return true
  }
  return false
}

async function belongsBehind(db: D1Database, seal: Seal, row: Logged): Promise<boolean> {
  const isIn = (other: Seal) => {
    const last = Math.min(other.last_id, row.id + searched)
    for (let id = Math.max(other.first_id, row.id + 1); id <= last; id += 1) if (stands(row, other, id)) return true
    return false
  }
  if (isIn(seal)) return true
  for await (const other of sealsAfter(db, seal.number)) {
    if (other.first_id > row.id + searched) return false
    if (isIn(other)) return true
  }
  return false
}
