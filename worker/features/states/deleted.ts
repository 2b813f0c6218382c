import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { audited } from '../audit/audit.ts'
import { beginRun, noteWrite } from '../deployments/projection.ts'
import type { Change } from '../resources/projection.ts'
import { factsOf } from './comparison.ts'
import { changeInventory } from './inventory.ts'
import type { Entry } from './journal.ts'
import type { LedgerStore } from './ledger-store.ts'
import { actBy, finishOwnRun } from './projection.ts'
import type { Part } from './projection.ts'

/** How many resources go in one D1 batch. */
const atOnce = 50

/** The version that a deletion writes. */
const none = 0

type Deletion = Extract<Entry, { kind: 'deleted' }>

/** Under which name D1 keeps the history of a deleted state. No state can be called so. */
function deletedName(state: string, seq: number): string {
  return `${state}@deleted-${seq}`
}

/**
 * Whether D1 has all of a deletion. Its last part renames the row that tells how far D1 is, so the row must be looked for
 * under its new name: under the old one there is none, or that of a state which began anew.
 */
export async function isDeleted(db: D1Database, state: string, seq: number): Promise<boolean> {
  const found = z.object({ id: z.int() })
  return (await sql`select id from states where name = ${deletedName(state, seq)}`.first(db, found)) !== null
}

/** Takes a state out of D1's lists, part by part: its resources are forgotten, its history stays. */
export function* deletionParts(
  store: LedgerStore,
  state: string,
  seq: number,
  { version, serial, caller }: Deletion,
  at: Moment,
): Generator<Part> {
  const key = { state, run: `deleted:${seq}`, recorded: false }
  const run = { ...key, operation: 'delete', actor: null, credential: caller.credential, terraformVersion: null }
  yield { effect: beginRun(run, at), isLast: false }
  const addresses = store.addresses()
  for (let first = 0; first < addresses.length; first += atOnce) {
    const changes = addresses.slice(first, first + atOnce).map((address) => forgotten(store, address))
    yield { effect: changeInventory({ key, version: none, serial, at }, changes), isLast: false }
  }
  const tally = { create: 0, update: 0, delete: 0, import: 0, forget: addresses.length }
  const detail = { version, serial, resources: addresses.length }
  yield {
    effect: [
      ...noteWrite(key, { from: 'delete', to: 'delete' }, tally, 0, at),
      ...finishOwnRun(key, `The state was deleted by ${caller.credential}.`, at),
      audited({ ...actBy(caller), action: 'state.delete', subject: state, detail }, at),
      putAway(state, seq, at),
    ],
    isLast: true,
  }
}

function forgotten(store: LedgerStore, address: string): Change {
  return { address, before: factsOf(store, address), item: null, difference: { action: 'forget', changed: [] } }
}

function putAway(state: string, seq: number, at: Moment): Statement {
  return sql`update states set name = ${deletedName(state, seq)}, deleted_at = ${at}, updated_at = ${at},
    projected_seq = ${seq}, projected_part = 0 where name = ${state}`
}
