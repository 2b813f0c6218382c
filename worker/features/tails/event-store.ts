import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { Kept } from './filter.ts'
import type { Arrival } from './trace.ts'

const tables = `
create table if not exists events (
  seq integer primary key, at integer not null, rank integer not null, outcome text not null, key text not null,
  total integer not null, body text not null);
create table if not exists progress (
  one integer primary key check (one = 1), name text not null, head integer not null, archived integer not null,
  batch integer not null, at integer not null);
insert or ignore into progress values (1, '', 0, 0, 0, 0);
`

/** How many events are kept for who reconnects, and how many characters of them. */
const keptEvents = 5000
const keptCharacters = 64_000_000
/** How much may wait for R2 when it does not answer; older events are lost then. */
const waitingCharacters = 512_000_000
/** So many deliveries are remembered, to know one that comes twice. */
const rememberedKeys = 1000

/** What one object in R2 holds at most: events, and characters unless one event has more. */
const batchEvents = 1000
const batchCharacters = 2_000_000

const Progress = z.object({ name: z.string(), head: z.int(), archived: z.int(), batch: z.int(), at: z.int() })
const Place = z.object({ seq: z.int(), at: z.int(), total: z.int() })
const columns = 'seq, at, rank, outcome, body'

/** Events that become one object. */
export type Batch = readonly [Kept, ...Kept[]]

/** The SQLite of one script's log: its newest events, and what of them is not stored in R2 yet. */
export class EventStore {
  readonly #sql: SqlStorage
  #head: number
  #at: Moment
  #total: number
  #sinceTrim = 0
  readonly #keys: Set<string>

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    this.#sql.exec(tables)
    const newest = this.#place('order by seq desc limit 1')
    const { head, at } = this.#progress()
    this.#head = Math.max(head, newest?.seq ?? 0)
    this.#at = Math.max(at, newest?.at ?? 0)
    this.#total = newest?.total ?? 0
    const keys = this.#sql.exec<{ key: string }>('select key from events order by seq desc limit ?', rememberedKeys)
    this.#keys = new Set([...keys].toReversed().map(({ key }) => key))
  }

  /** The number of the newest event. */
  get head(): number {
    return this.#head
  }

  /** Characters of all events there ever were. */
  get total(): number {
    return this.#total
  }

  get archived(): number {
    return this.#progress().archived
  }

  /** The account and the script, which the object's own name tells only to requests. */
  get name(): string {
    return this.#progress().name
  }

  /** Takes in what is new of a delivery, and numbers it. @param id the same when a delivery comes again */
  append(name: string, id: string, arrivals: readonly Arrival[], now: Moment): Kept[] {
    if (this.#head === 0) this.#sql.exec('update progress set name = ?', name)
    const at = Math.max(now, this.#at)
    const added: Kept[] = []
    for (const [index, { body, rank, outcome, digest }] of arrivals.entries()) {
      const key = digest ?? `${id}:${index}`
      if (this.#keys.has(key)) continue
      this.#remember(key)
      this.#head += 1
      this.#total += body.length
      this.#at = at
      const values = [this.#head, at, rank, outcome, key, this.#total, body]
      this.#sql.exec('insert into events values (?, ?, ?, ?, ?, ?, ?)', ...values)
      added.push({ seq: this.#head, at, rank, outcome, body })
    }
    this.#sinceTrim += added.length
    if (this.#sinceTrim >= keptEvents / 10) this.trim()
    return added
  }

  #remember(key: string): void {
    this.#keys.add(key)
    const [oldest] = this.#keys
    if (this.#keys.size > rememberedKeys && oldest !== undefined) this.#keys.delete(oldest)
  }

  /** Events after one, oldest first: at most so many, and so many characters unless one has more. */
  after(seq: number, events: number, characters: number): Kept[] {
    const limit = this.totalAt(seq) + characters
    const found: Kept[] = []
    for (const row of this.#sql.exec(
      `select ${columns}, total from events where seq > ? order by seq limit ?`,
      seq,
      events,
    )) {
      if (found.length > 0 && Number(row['total']) > limit) break
      found.push(Kept.parse(row))
    }
    return found
  }

  /** Events that are not in R2 yet, newest first, before one. */
  *unarchived(before: number): Generator<Kept> {
    const query = `select ${columns} from events where seq > ? and seq < ? order by seq desc`
    for (const row of this.#sql.exec(query, this.archived, before)) yield Kept.parse(row)
  }

  /** The number of the oldest event that is kept; the next one's when none is. */
  oldest(): number {
    return this.#place('order by seq limit 1')?.seq ?? this.#head + 1
  }

  /** When the oldest kept event arrived, or null. */
  oldestAt(): Moment | null {
    return this.#place('order by seq limit 1')?.at ?? null
  }

  /** Characters up to and with an event: the distance of two is what lies between them. */
  totalAt(seq: number): number {
    if (seq >= this.#head) return this.#total
    return this.#place('where seq <= ? order by seq desc limit 1', seq)?.total ?? this.#before()
  }

  /** Characters of what is no longer kept. */
  #before(): number {
    const [row] = this.#sql.exec('select total - length(body) as n from events order by seq limit 1').toArray()
    return row ? Number(row['n']) : this.#total
  }

  /** How many characters wait for R2. */
  waiting(): number {
    const { archived } = this.#progress()
    return archived >= this.#head ? 0 : this.#total - this.totalAt(archived)
  }

  /** The events that are stored next. Asked again they are the same ones, whatever has arrived, until they are stored. */
  nextBatch(): Batch | null {
    const { archived, batch } = this.#progress()
    const found = this.after(
      archived,
      batch > archived ? batch - archived : batchEvents,
      this.#limitOf(archived, batch),
    )
    const [first, ...rest] = found
    if (!first) return null
    this.#sql.exec('update progress set batch = ?', found.at(-1)?.seq ?? first.seq)
    return [first, ...rest]
  }

  #limitOf(archived: number, batch: number): number {
    return batch > archived ? this.totalAt(batch) - this.totalAt(archived) : batchCharacters
  }

  noteArchived(seq: number): void {
    this.#sql.exec('update progress set archived = max(archived, ?), batch = 0', seq)
  }

  /** Forgets events beyond what is kept, and those that arrived before a moment; what is not stored in R2 stays. */
  trim(before: Moment = 0): void {
    this.#sinceTrim = 0
    const { archived } = this.#progress()
    const enough = this.#total - keptCharacters
    const [row] = this.#sql
      .exec(
        'select seq from events where seq > ? and total > ? and at >= ? order by seq limit 1',
        this.#head - keptEvents,
        enough,
        before,
      )
      .toArray()
    const keep = row ? Number(row['seq']) : this.#head + 1
    this.#sql.exec('update progress set head = ?, at = ?', this.#head, this.#at)
    this.#sql.exec('delete from events where seq < ? and seq <= ?', keep, archived)
    this.#forgetTooMuch()
  }

  /** A log whose R2 is away for long would otherwise fill its disk. */
  #forgetTooMuch(): void {
    if (this.waiting() <= waitingCharacters) return
    const { rowsWritten } = this.#sql.exec('delete from events where total < ?', this.#total - waitingCharacters)
    console.error({ log: this.name, lost: rowsWritten, reason: 'R2 or D1 has not taken them for too long.' })
  }

  #progress(): z.infer<typeof Progress> {
    return Progress.parse(this.#sql.exec('select name, head, archived, batch, at from progress').one())
  }

  #place(condition: string, ...values: number[]): z.infer<typeof Place> | null {
    const [row] = this.#sql.exec(`select seq, at, total from events ${condition}`, ...values).toArray()
    return row ? Place.parse(row) : null
  }
}
