import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { z } from 'zod'
import type { ZodType } from 'zod'
import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import { Statement, join, sql } from './sql.ts'
import type { Value } from './sql.ts'

const Count = z.object({ count: z.number() })

/** A column that holds 0 or 1. */
export const flag = z.number().transform(Boolean)

/** A column that holds JSON. */
export function json<Shape>(shape: ZodType<Shape>): ZodType<Shape> {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape)
}

/** What was stored, completed by what is usual for members that it lacks. */
export function completed<Shape>(shape: ZodType<Shape>, usual: Shape): ZodType<Shape> {
  return z.record(z.string(), z.unknown()).transform((given) => shape.parse({ ...usual, ...given }))
}

/** The one database. Everything is synchronous, so a transaction can never interleave with another request. */
export class Store {
  readonly #db: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()
  #depth = 0
  #afterwards: (() => void)[] = []

  constructor(path: string) {
    const { DatabaseSync } = sqlite()
    this.#db = new DatabaseSync(path)
    // Without a sync per commit a kill loses nothing; only a power cut may take the last moments, whole transactions of them.
    this.#db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
  }

  /** Makes the tables of a module; each statement says `if not exists`. */
  define(tables: string): void {
    this.#db.exec(tables)
  }

  all<Row>(statement: Statement, row: ZodType<Row>): Row[] {
    return this.#prepare(statement.text)
      .all(...statement.bound())
      .map((found) => row.parse(found))
  }

  first<Row>(statement: Statement, row: ZodType<Row>): Row | null {
    const found = this.#prepare(statement.text).get(...statement.bound())
    return found === undefined ? null : row.parse(found)
  }

  /** The number that a `select count(*) as count …` gives. */
  count(statement: Statement): number {
    return this.first(statement, Count)?.count ?? 0
  }

  /** Runs a write and returns how many rows it changed. */
  run(statement: Statement): number {
    return Number(this.#prepare(statement.text).run(...statement.bound()).changes)
  }

  /** Inserts one row and returns its rowid. The names are the caller's own words, never a request's. */
  insert(table: string, row: Record<string, Value>): number {
    const names = Object.keys(row)
    const text = `insert into ${table} (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`
    return Number(this.#prepare(text).run(...new Statement('', Object.values(row)).bound()).lastInsertRowid)
  }

  /** Sets the columns that are given; an undefined one stays as it is. */
  update(table: string, id: number, columns: Record<string, Value | undefined>): void {
    const sets = Object.entries(columns).flatMap(([name, value]) =>
      value === undefined ? [] : [new Statement(`${name} = ?`, [value])],
    )
    if (sets.length > 0) this.run(sql`update ${new Statement(table, [])} set ${join(sets, ', ')} where id = ${id}`)
  }

  /** All of `work` or nothing; inside another transaction it is part of that one. */
  transact<Result>(work: () => Result extends Promise<unknown> ? never : Result): Result {
    if (this.#depth > 0) return work()
    this.#db.exec('begin immediate')
    this.#depth = 1
    try {
      const result = work()
      this.#db.exec('commit')
      this.#depth = 0
      this.#runAfterwards()
      return result
    } catch (error) {
      if (this.#depth === 1) this.#db.exec('rollback')
      this.#depth = 0
      this.#afterwards = []
      throw error
    }
  }

  /** Does something once what is being written is stored; at once when nothing is. It must not throw. */
  afterCommit(act: () => void): void {
    if (this.#depth === 0) act()
    else this.#afterwards.push(act)
  }

  close(): void {
    this.#db.close()
  }

  #runAfterwards(): void {
    for (const act of this.#afterwards.splice(0)) act()
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text)
    if (known) return known
    const made = this.#db.prepare(text)
    this.#prepared.set(text, made)
    return made
  }
}
