import { join } from 'node:path'
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { z } from 'zod'
import { sqlite } from '../../scripts/embedded/sqlite.ts'

/** A product's tables. Each text is applied once, in order; what was released is never edited, only appended to. */
export type Tables = { readonly product: string; readonly history: readonly string[] }

/** What a statement's parameters stand for: by position, or by name in one object. */
type Values = SQLInputValue[] | [Record<string, SQLInputValue>]

/**
 * Everything that the account knows, in one SQLite file. Reads and writes are synchronous, so that one API call is one
 * transaction and a kill leaves the old or the new state.
 */
export class Store {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #depth = 0

  constructor(folder: string, tables: readonly Tables[]) {
    const { DatabaseSync } = sqlite()
    this.#db = new DatabaseSync(join(folder, 'account.sqlite'))
    this.#db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on')
    this.#migrate(tables)
  }

  /** All rows, each parsed by the noun's schema. */
  all<Row extends z.ZodType>(row: Row, sql: string, ...values: Values): z.infer<Row>[] {
    const found = isNamed(values) ? this.#prepare(sql).all(values[0]) : this.#prepare(sql).all(...values)
    return found.map((one) => row.parse(one))
  }

  /** All rows as they are stored. */
  rows(sql: string, ...values: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.#prepare(sql).all(...values)
  }

  /** The first row, or null. */
  get<Row extends z.ZodType>(row: Row, sql: string, ...values: Values): z.infer<Row> | null {
    const found = isNamed(values) ? this.#prepare(sql).get(values[0]) : this.#prepare(sql).get(...values)
    return found === undefined ? null : row.parse(found)
  }

  /** The first column of the first row as a number; 0 when there is no row. */
  count(sql: string, ...values: Values): number {
    const found = isNamed(values) ? this.#prepare(sql).get(values[0]) : this.#prepare(sql).get(...values)
    return Number(found ? (Object.values(found)[0] ?? 0) : 0)
  }

  /** Changes rows and returns how many. */
  run(sql: string, ...values: Values): number {
    const done = isNamed(values) ? this.#prepare(sql).run(values[0]) : this.#prepare(sql).run(...values)
    return Number(done.changes)
  }

  /** Everything that `act` writes, or nothing when it throws. It must not wait: what waits belongs before or after. */
  transaction<Result>(act: () => Result): Result {
    const name = `level${this.#depth}`
    this.#db.exec(this.#depth === 0 ? 'begin immediate' : `savepoint ${name}`)
    this.#depth += 1
    try {
      const result = act()
      this.#depth -= 1
      this.#db.exec(this.#depth === 0 ? 'commit' : `release ${name}`)
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#undo(name)
      throw error
    }
  }

  close(): void {
    this.#db.close()
  }

  #undo(name: string): void {
    this.#depth -= 1
    this.#db.exec(this.#depth === 0 ? 'rollback' : `rollback to ${name}; release ${name}`)
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const made = this.#db.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }

  #migrate(tables: readonly Tables[]): void {
    this.#db.exec('create table if not exists tables_applied (product text primary key, count integer not null) strict')
    for (const { product, history } of tables) {
      this.transaction(() => {
        const applied = this.count('select count from tables_applied where product = ?', product)
        for (const text of history.slice(applied)) this.#db.exec(text)
        const note =
          'insert into tables_applied values (?, ?) on conflict (product) do update set count = excluded.count'
        this.run(note, product, history.length)
      })
    }
  }
}

function isNamed(values: Values): values is [Record<string, SQLInputValue>] {
  const [first] = values
  return typeof first === 'object' && first !== null && !ArrayBuffer.isView(first)
}
