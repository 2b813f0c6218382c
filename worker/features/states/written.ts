import type { Moment } from '../../platform/clock.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { audited } from '../audit/audit.ts'
import { beginRun, finishRun, noteWrite, runId } from '../deployments/projection.ts'
import type { RunKey, Tally } from '../deployments/projection.ts'
import { operationAfterWrite } from '../deployments/run.ts'
import type { Facts } from '../resources/inventory.ts'
import type { Change } from '../resources/projection.ts'
import { Comparison } from './comparison.ts'
import { changeInventory } from './inventory.ts'
import type { Caller, Version } from './journal.ts'
import type { LedgerStore } from './ledger-store.ts'
import { actBy, finishOwnRun, noteEvent } from './projection.ts'
import type { Part, Progress } from './projection.ts'

/** What goes into one D1 batch: small enough that the texts of a large state do not pile up in memory. */
const part = { changes: 50, characters: 40_000 }

/** A version that was accepted, with the run it belongs to as D1 knows it. */
export type Written = {
  readonly key: RunKey
  readonly version: Version
  readonly caller: Caller
  readonly progress: Progress | null
  readonly at: Moment
}

/** The run that wrote a version: its recorder's, its lock's, or one of its own when there was no lock. */
export function writerOf(state: string, { lock_id, version }: Version, { run }: Caller): RunKey {
  if (run !== null) return { state, run, recorded: true }
  return { state, run: lock_id ?? `version:${version}`, recorded: false }
}

/** Projects one version: the same parts in the same order each time, until the ledger has stored `facts`. */
export class VersionProjection {
  readonly #written: Written
  readonly #operation: { from: string; to: string }
  readonly #comparison: Comparison
  readonly #tally = { create: 0, update: 0, delete: 0, import: 0, forget: 0 }
  /** What the ledger must know of each changed address once all parts are applied; null for what is gone. */
  readonly facts = new Map<string, Facts | null>()

  constructor(store: LedgerStore, written: Written) {
    const { key, version, progress } = written
    const from = progress?.operation ?? operationOf(version)
    this.#written = written
    // What a recorder says it runs, it runs; of others the write tells.
    this.#operation = {
      from,
      to: key.recorded ? from : operationAfterWrite(from, progress?.resources ?? 0, version.instances),
    }
    this.#comparison = new Comparison(store, version, this.#operation.to)
  }

  *parts(): Generator<Part> {
    if (this.#written.version.lock_id === null) yield { effect: this.#beginUnlocked(), isLast: false }
    const { version, serial, at } = this.#written.version
    const source = { key: this.#written.key, version, serial, at }
    let waiting: Change[] = []
    let characters = 0
    for (const change of this.#comparison.changes()) {
      this.#note(change)
      waiting.push(change)
      characters += change.item?.attributes?.length ?? 0
      if (waiting.length < part.changes && characters < part.characters) continue
      yield { effect: changeInventory(source, waiting), isLast: false }
      waiting = []
      characters = 0
    }
    const changes = waiting.length > 0 ? changeInventory(source, waiting) : []
    yield { effect: [...changes, ...this.#closing()], isLast: true }
  }

  #note({ address, item, difference }: Change): void {
    this.facts.set(address, item?.facts ?? null)
    const action = difference?.action ?? 'taint'
    if (action === 'taint' || action === 'untaint') return
    if (action !== 'replace') this.#tally[action] += 1
    else {
      this.#tally.create += 1
      this.#tally.delete += 1
    }
  }

  /** A write without a lock is a run of its own, of which only the write is known. */
  #beginUnlocked(): Statement[] {
    const { key, version, caller, at } = this.#written
    const known = { actor: null, credential: caller.credential, terraformVersion: version.terraform_version }
    return beginRun({ ...key, ...known, operation: this.#operation.from }, at)
  }

  #closing(): Statement[] {
    const { key, version, caller, at } = this.#written
    const tally: Tally = this.#tally
    const isOver = version.lock_id === null && !key.recorded
    return [
      ...noteWrite(key, this.#operation, tally, version.instances, at),
      ...(isOver ? this.#ending(key, version, caller, at) : []),
      ...(version.forced ? this.#forced(key.state, version, caller, at) : []),
      ...(version.rolled_back ? this.#rolledBack(key.state, version, version.rolled_back.serial, caller, at) : []),
      this.#accepted(key.state, version, caller, at),
      ...this.#snapshot(),
    ]
  }

  #ending(key: RunKey, { rolled_back: rolledBack }: Version, { credential }: Caller, at: Moment): Statement[] {
    if (!rolledBack) return finishRun(key, 'success', 'The client took no lock.', at)
    return finishOwnRun(key, `Rolled back to serial ${rolledBack.serial} by ${credential}.`, at)
  }

  #accepted(state: string, { version, serial, lock_id, sha256, size, forced }: Version, caller: Caller, at: Moment) {
    const detail = { version, serial, lock_id, sha256, size, forced }
    return audited({ ...actBy(caller), action: 'state.write', subject: state, detail }, at)
  }

  #forced(state: string, version: Version, caller: Caller, at: Moment): Statement[] {
    const detail = `Serial ${version.serial} was pushed with -force.`
    return [
      noteEvent(state, 'write_forced', version.lock_id, null, caller, detail, at),
      audited({ ...actBy(caller), action: 'state.force_write', subject: state, detail: { version } }, at),
    ]
  }

  #rolledBack(state: string, { version, serial }: Version, to: number, caller: Caller, at: Moment): Statement[] {
    const detail = `Serial ${serial} is the content of serial ${to} again.`
    const serials = { from_serial: serial - 1, to_serial: to, version, serial }
    return [
      noteEvent(state, 'rolled_back', null, null, caller, detail, at),
      audited({ ...actBy(caller), action: 'state.rollback', subject: state, detail: serials }, at),
    ]
  }

  #snapshot(): Statement[] {
    const { key, version: v, at } = this.#written
    const { state } = key
    const { inventory, detail } = this.#comparison.readability
    return [
      sql`insert into state_snapshots (state_id, version, serial, lineage, deployment_id, lock_id, sha256, size,
          terraform_version, resource_count, inventory, forced, created_at)
        select id, ${v.version}, ${v.serial}, ${v.lineage}, ${runId(key)}, ${v.lock_id}, ${v.sha256}, ${v.size},
          ${v.terraform_version}, ${v.instances}, ${inventory}, ${v.forced ? 1 : 0}, ${at} from states where name = ${state}`,
      sql`update states set lineage = ${v.lineage}, serial = ${v.serial}, version = ${v.version}, size = ${v.size},
          terraform_version = ${v.terraform_version}, resource_count = ${v.instances},
          tainted_count = ${this.#comparison.tainted}, inventory = ${inventory}, inventory_detail = ${detail},
          updated_at = ${at} where name = ${state}`,
      sql`insert into links (from_kind, from_id, relation, to_kind, to_id, evidence, detail, at)
        select 'deployment', deployment_id, 'wrote', 'state_version', ${`${state}@${v.version}`}, 'observed',
          ${v.lock_id === null ? null : `lock ${v.lock_id}`}, ${at} from deployments where id = ${runId(key)}
        on conflict do nothing`,
    ]
  }
}

/** What a write is part of when no run tells. */
function operationOf({ lock_id, rolled_back: rolledBack }: Version): string {
  if (rolledBack) return 'state-push'
  return lock_id === null ? 'apply' : 'other'
}
