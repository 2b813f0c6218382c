import type { SQLOutputValue } from 'node:sqlite'
import type { Store } from '../store.ts'
import { scriptAt } from './queries.ts'
import type { Place } from './schema.ts'

const tables = ['versions', 'deployments', 'object_classes', 'schedules']

type Rows = readonly Record<string, SQLOutputValue>[]

/** Everything that the store knows of a script now, to be put back when a deployment does not come up. */
export function snapshotOf(store: Store, place: Place): () => void {
  const script = scriptAt(store, place)
  const rows = new Map<string, Rows>()
  if (script) {
    rows.set('scripts', store.rows('select * from scripts where id = ?', script.id))
    for (const table of tables) rows.set(table, store.rows(`select * from ${table} where script_id = ?`, script.id))
  }
  return () => {
    store.transaction(() => {
      const present = scriptAt(store, place)
      if (present) store.run('delete from scripts where id = ?', present.id)
      for (const [table, kept] of rows) for (const row of kept) insert(store, table, row)
    })
  }
}

function insert(store: Store, table: string, row: Record<string, SQLOutputValue>): void {
  const columns = Object.keys(row)
  const marks = columns.map((name) => `:${name}`).join(', ')
  store.run(`insert into ${table} (${columns.join(', ')}) values (${marks})`, row)
}
