import type { Context } from 'hono'
import { z } from 'zod'
import { newId } from '../identity/tables.ts'
import type { Store, Tables } from '../store.ts'
import { badName, noBucket } from './errors.ts'
import { Bucket, Jurisdiction } from './schema.ts'
import type { Details } from './schema.ts'

export const r2Tables: Tables = {
  product: 'r2',
  history: [
    `create table r2_jobs (
      id text primary key, bucket text not null references r2_buckets (name) on delete cascade, prefix text not null,
      deleted integer not null default 0, status text not null, started_at integer not null, ended_at integer
    ) strict;
    create table r2_notifications (
      bucket text not null references r2_buckets (name) on delete cascade, queue_id text not null, rules text not null,
      primary key (bucket, queue_id)
    ) strict;`,
  ],
}

const columns = 'name, created_at, details'

export function isName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)
}

/** The jurisdiction that a call names; buckets of another one do not exist for it. */
export function jurisdictionOf(c: Context): z.infer<typeof Jurisdiction> {
  return Jurisdiction.catch('default').parse(c.req.header('cf-r2-jurisdiction') ?? 'default')
}

/** The bucket that a path names. */
export function bucketOf(store: Store, c: Context): Bucket {
  const name = c.req.param('bucket') ?? ''
  if (!isName(name)) throw badName()
  const found = bucketCalled(store, name)
  if (found?.details.jurisdiction !== jurisdictionOf(c)) throw noBucket()
  return found
}

export function bucketCalled(store: Store, name: string): Bucket | null {
  return store.get(Bucket, `select ${columns} from r2_buckets where name = ?`, name)
}

export function allBuckets(store: Store): Bucket[] {
  return store.all(Bucket, `select ${columns} from r2_buckets order by name`)
}

type Wanted = {
  readonly after: string
  readonly contains: string
  readonly jurisdiction: string
  readonly direction: string
  readonly limit: number
}

/** Buckets by name, from behind one on. */
export function bucketsAfter(store: Store, { direction, ...values }: Wanted): Bucket[] {
  const [way, order] = direction === 'desc' ? ['<', 'desc'] : ['>', 'asc']
  const sql = `select ${columns} from r2_buckets
    where (:after = '' or name ${way} :after) and instr(name, :contains) > 0
      and details ->> 'jurisdiction' = :jurisdiction
    order by name ${order} limit :limit`
  return store.all(Bucket, sql, values)
}

export function addBucket(store: Store, name: string, details: Details, at: number): void {
  const sql = 'insert into r2_buckets (name, created_at, details) values (?, ?, ?)'
  store.run(sql, name, at, JSON.stringify(details))
}

/** Changes what is remembered of a bucket. */
export function changeBucket(store: Store, { name, details }: Bucket, change: Partial<Details>): Details {
  const changed = { ...details, ...change }
  store.run('update r2_buckets set details = ? where name = ?', JSON.stringify(changed), name)
  return changed
}

export function removeBucket(store: Store, name: string): void {
  store.run('delete from r2_buckets where name = ?', name)
}

export function isDomainTaken(store: Store, domain: string): boolean {
  const sql = `select count(*) from r2_buckets, json_each(details, '$.domains') as d where d.value ->> 'domain' = ?`
  return store.count(sql, domain) > 0
}

export function hasRules(store: Store, bucket: string): boolean {
  return store.count('select count(*) from r2_notifications where bucket = ?', bucket) > 0
}

/** A deletion of many objects, asked for by their prefix. */
export const Job = z.object({
  id: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  deleted: z.int(),
  status: z.string(),
  started_at: z.int(),
  ended_at: z.int().nullable(),
})
export type Job = z.infer<typeof Job>

const jobColumns = 'id, bucket, prefix, deleted, status, started_at, ended_at'

export function addJob(store: Store, bucket: string, prefix: string, at: number): string {
  const id = newId()
  store.run(
    `insert into r2_jobs (id, bucket, prefix, status, started_at) values (?, ?, ?, 'RUNNING', ?)`,
    id,
    bucket,
    prefix,
    at,
  )
  return id
}

export function jobOf(store: Store, bucket: string, id: string): Job | null {
  return store.get(Job, `select ${jobColumns} from r2_jobs where bucket = ? and id = ?`, bucket, id)
}

export function jobsOf(store: Store, bucket: string, status: string | null): Job[] {
  const sql = `select ${jobColumns} from r2_jobs where bucket = :bucket and (:status is null or status = :status)
    order by started_at desc, id limit 1000`
  return store.all(Job, sql, { bucket, status })
}

export function countRunning(store: Store, bucket: string): number {
  return store.count(`select count(*) from r2_jobs where bucket = ? and status = 'RUNNING'`, bucket)
}

export function countDeleted(store: Store, id: string, deleted: number): void {
  store.run('update r2_jobs set deleted = deleted + ? where id = ?', deleted, id)
}

export function endJob(store: Store, id: string, status: 'COMPLETED' | 'FAILED', at: number): void {
  store.run('update r2_jobs set status = ?, ended_at = ? where id = ?', status, at, id)
}

/** What ran when the process ended did not come to its end. */
export function failLostJobs(store: Store, at: number): void {
  store.run(`update r2_jobs set status = 'FAILED', ended_at = ? where status = 'RUNNING'`, at)
}
