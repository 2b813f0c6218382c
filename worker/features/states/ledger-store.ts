import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { Entry, Version } from './journal.ts'
import type { Noted } from './journal.ts'
import { Ending, Lock } from './lock.ts'

const tables = `
create table if not exists lock (one integer primary key check (one = 1), lock text not null);
create table if not exists endings (lock_id text primary key, ending text not null, at integer not null) without rowid;
create table if not exists versions (
  version integer primary key, serial integer not null, upload text not null, details text not null);
create index if not exists versions_serial on versions (serial);
create table if not exists pieces (
  upload text not null, n integer not null, bytes blob not null, primary key (upload, n)) without rowid;
create table if not exists staged (upload text primary key) without rowid;
create table if not exists journal (seq integer primary key autoincrement, at integer not null, entry text not null);
create table if not exists inventory (address text primary key, facts text not null) without rowid;
create table if not exists cursor (one integer primary key check (one = 1), seq integer not null, part integer not null);
insert or ignore into cursor values (1, 0, 0);
create table if not exists deletion (one integer primary key check (one = 1), seq integer not null, version integer not null);
insert or ignore into deletion values (1, 0, 0);
`

/** Endings older than this are forgotten: no network delivers a copy of a request that late. */
const memory = 90 * 86_400_000

/** How many versions of a deleted state go at once. */
const atOnce = 10

const Row = z.record(z.string(), z.unknown())
const Text = z.string()

/** A version and where its bytes are. */
export type StoredVersion = { readonly version: Version; readonly upload: string }

/** The SQLite of one state's ledger. Each method is synchronous, so a caller may make several one transaction. */
export class LedgerStore {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(tables)
  }

  /** Makes several calls one transaction, undone when `work` throws. */
  transact<Result>(work: () => Result): Result {
    return this.#storage.transactionSync(work)
  }

  #first(query: string, ...values: SqlStorageValue[]): z.infer<typeof Row> | null {
    const [row] = this.#sql.exec(query, ...values).toArray()
    return row ? Row.parse(row) : null
  }

  lock(): Lock | null {
    const row = this.#first('select lock from lock')
    return row && Lock.parse(JSON.parse(Text.parse(row['lock'])))
  }

  setLock(lock: Lock): void {
    this.#sql.exec('insert or replace into lock values (1, ?)', JSON.stringify(lock))
  }

  endLock(lockId: string, ending: Ending): void {
    this.#sql.exec('delete from lock')
    this.#sql.exec('insert or replace into endings values (?, ?, ?)', lockId, JSON.stringify(ending), ending.at)
    this.#sql.exec('delete from endings where at < ?', ending.at - memory)
  }

  ending(lockId: string | null): Ending | null {
    const row = lockId === null ? null : this.#first('select ending from endings where lock_id = ?', lockId)
    return row && Ending.parse(JSON.parse(Text.parse(row['ending'])))
  }

  /** The newest version, or the newest with this serial. */
  version(serial?: number): StoredVersion | null {
    return serial === undefined ? this.#newest('true') : this.#newest('serial = ?', serial)
  }

  /** The version that came before another. */
  versionBefore(version: number): StoredVersion | null {
    return this.#newest('version < ?', version)
  }

  /** What was deleted is kept until D1 has followed that far, and is no version any more. */
  #newest(condition: string, ...values: SqlStorageValue[]): StoredVersion | null {
    const row = this.#first(
      `select upload, details from versions where version > (select version from deletion) and ${condition}
        order by version desc limit 1`,
      ...values,
    )
    return row && { version: Version.parse(JSON.parse(Text.parse(row['details']))), upload: Text.parse(row['upload']) }
  }

  /** The number of the newest version there ever was: a state that begins anew after a deletion counts on. */
  lastVersion(): number {
    const row = this.#first('select max(version, (select coalesce(max(version), 0) from versions)) as n from deletion')
    return Number(row?.['n'] ?? 0)
  }

  addVersion(version: Version, upload: string): void {
    const { version: n, serial } = version
    this.#sql.exec('insert into versions values (?, ?, ?, ?)', n, serial, upload, JSON.stringify(version))
    this.#sql.exec('delete from staged where upload = ?', upload)
  }

  uploadOf(version: number): string | null {
    const row = this.#first('select upload from versions where version = ?', version)
    return row && Text.parse(row['upload'])
  }

  addPiece(upload: string, n: number, bytes: Uint8Array): void {
    this.#sql.exec('insert or ignore into staged values (?)', upload)
    this.#sql.exec('insert into pieces values (?, ?, ?)', upload, n, bytes)
  }

  piece(upload: string, n: number): Uint8Array | null {
    const bytes = this.#first('select bytes from pieces where upload = ? and n = ?', upload, n)?.['bytes']
    return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : null
  }

  discard(upload: string): void {
    this.#sql.exec('delete from pieces where upload = ?', upload)
    this.#sql.exec('delete from staged where upload = ?', upload)
  }

  /** Uploads that no version came of. */
  staged(): string[] {
    return this.#sql
      .exec('select upload from staged')
      .toArray()
      .map((row) => Text.parse(row['upload']))
  }

  /** @returns the entry's place in the journal. */
  note(entry: Entry, at: Moment): number {
    const row = this.#first('insert into journal (at, entry) values (?, ?) returning seq', at, JSON.stringify(entry))
    return Number(row?.['seq'])
  }

  nextEntry(): Noted | null {
    const row = this.#first('select seq, at, entry from journal order by seq limit 1')
    return (
      row && {
        seq: Number(row['seq']),
        at: Number(row['at']),
        entry: Entry.parse(JSON.parse(Text.parse(row['entry']))),
      }
    )
  }

  forgetEntriesUpTo(seq: number): void {
    this.#sql.exec('delete from journal where seq <= ?', seq)
  }

  /** How far the journal is known to be projected: entries done, and parts done of the next. */
  cursor(): { seq: number; part: number } {
    const row = this.#first('select seq, part from cursor')
    return { seq: Number(row?.['seq'] ?? 0), part: Number(row?.['part'] ?? 0) }
  }

  setCursor(seq: number, part: number): void {
    this.#sql.exec('update cursor set seq = ?, part = ?', seq, part)
  }

  facts(address: string): string | null {
    const row = this.#first('select facts from inventory where address = ?', address)
    return row && Text.parse(row['facts'])
  }

  setFacts(address: string, facts: string): void {
    this.#sql.exec('insert or replace into inventory values (?, ?)', address, facts)
  }

  forget(address: string): void {
    this.#sql.exec('delete from inventory where address = ?', address)
  }

  addresses(): string[] {
    return this.#sql
      .exec('select address from inventory')
      .toArray()
      .map((row) => Text.parse(row['address']))
  }

  /** The last deletion: its entry in the journal, and the newest version there was. Zeros when there was none. */
  deletion(): { seq: number; version: number } {
    const row = this.#first('select seq, version from deletion')
    return { seq: Number(row?.['seq'] ?? 0), version: Number(row?.['version'] ?? 0) }
  }

  /** Takes all versions out of sight; `discardUpTo` takes them away. */
  setDeletion(seq: number, version: number): void {
    this.#sql.exec('update deletion set seq = ?, version = ?', seq, version)
  }

  /** Whether anything happened to the state since it was deleted last, or ever. */
  exists(): boolean {
    const { seq } = this.deletion()
    if (this.version() !== null || this.cursor().seq > seq) return true
    return this.#first('select 1 as found from journal where seq > ? limit 1', seq) !== null
  }

  /** Takes away the bodies of some versions up to one. @returns whether there were any. */
  discardUpTo(version: number): boolean {
    const old = this.#sql
      .exec('select version, upload from versions where version <= ? order by version limit ?', version, atOnce)
      .toArray()
    this.transact(() => {
      for (const row of old) {
        this.#sql.exec('delete from pieces where upload = ?', Text.parse(row['upload']))
        this.#sql.exec('delete from versions where version = ?', Number(row['version']))
      }
    })
    return old.length > 0
  }

  forgetAll(): void {
    this.#sql.exec('delete from inventory')
  }
}
