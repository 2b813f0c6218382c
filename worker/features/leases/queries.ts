import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromJson } from '../../platform/columns.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Lease, LeaseState, secretNameOf } from './schema.ts'
import type { NewLease } from './schema.ts'
import type { Place } from './vault.ts'

const Ending = z.enum(['revoked', 'expired', 'client', 'missing', 'unfinished'])
/** Why a lease ends: it was asked for, its time or its client's token is over, its token is gone, it was never made. */
export type Ending = z.infer<typeof Ending>

const texts = fromJson(z.array(z.string()))

/** A lease as it is kept. Moments are milliseconds. */
const LeaseRow = z.object({
  row: z.int(),
  name: z.string(),
  kind: z.enum(['account', 'user']),
  label: z.string(),
  secret_name: z.string(),
  client_id: z.int().nullable(),
  permissions: texts,
  resources: texts,
  state: LeaseState,
  ending: Ending.nullable(),
  token_id: z.string().nullable(),
  store_id: z.string().nullable(),
  secret_id: z.string().nullable(),
  sealed: z.string().nullable(),
  expires_at: z.int(),
  due_at: z.int(),
  unsettled_until: z.int().nullable(),
  attempts: z.int(),
})
export type LeaseRow = z.infer<typeof LeaseRow>

const columns = sql`id as row, name, kind, label, secret_name, client_id, permissions, resources, state, ending, token_id,
  store_id, secret_id, sealed, expires_at, due_at, unsettled_until, attempts`

const Shown = Lease.extend({ row: z.int(), permissions: texts, resources: texts })
const shownColumns = sql`managed_tokens.id as row, printf('lease-%09d', managed_tokens.id) as id, name, purpose, kind,
  owner, permissions, resources, state, secret_name, store_id, token_id, error,
  case when sealed is not null then 'fallback' when secret_id is not null then 'secrets_store' end as stored_in,
  ${time('created_at')}, ${time('expires_at', 'expires_on')}, ${time('rolled_at')}`

export async function listLeases(db: D1Database, page: Page) {
  const after = page.after?.[0]
  const condition = every([after === undefined ? null : sql`managed_tokens.id < ${after}`])
  const found = await sql`select ${shownColumns} from managed_tokens where ${condition}
    order by managed_tokens.id desc limit ${page.limit + 1}`.all(db, Shown)
  const { rows, next } = closePage(page, found, ({ row }) => [row])
  return { managed_tokens: rows.map((row) => Lease.parse(row)), next }
}

export async function showLease(db: D1Database, row: number): Promise<Lease | null> {
  const found = await sql`select ${shownColumns} from managed_tokens where id = ${row}`.first(db, Shown)
  return found && Lease.parse(found)
}

export async function findLease(db: D1Database, by: { row: number } | { label: string }): Promise<LeaseRow | null> {
  const condition = 'row' in by ? sql`id = ${by.row}` : sql`label = ${by.label}`
  return sql`select ${columns} from managed_tokens where ${condition}`.first(db, LeaseRow)
}

/** The lease that has a secret's name, and is not ending. */
export async function leaseNamed(db: D1Database, secretName: string): Promise<number | null> {
  const found = await sql`select id as row from managed_tokens
    where secret_name = ${secretName} and state <> 'revoking'`.first(db, z.object({ row: z.int() }))
  return found?.row ?? null
}

/** The lease that was asked for with a key, and whether for the same. */
export async function leaseAskedFor(db: D1Database, key: string, asked: NewLease) {
  const same = sql`name = ${asked.name} and purpose = ${asked.purpose} and kind = ${asked.kind}
    and permissions = ${JSON.stringify(asked.permissions)} and resources = ${JSON.stringify(asked.resources)}`
  return sql`select id as row, state, ${same} as same from managed_tokens where request_key = ${key}`.first(
    db,
    z.object({ row: z.int(), state: LeaseState, same: z.int().transform((bit) => bit === 1) }),
  )
}

type NewRow = {
  readonly label: string
  readonly owner: string
  readonly client: number | null
  readonly key: string | null
  readonly expiresAt: Moment
  /** When it is given up if it is not finished, and until when a call of it may still take effect. */
  readonly until: { readonly due: Moment; readonly settled: Moment }
}

/** Notes that a token is about to be made; nothing is changed when the name or the key is taken. */
export function insertLease(asked: NewLease, row: NewRow, at: Moment): Statement {
  return sql`insert into managed_tokens (name, purpose, kind, secret_name, label, owner, client_id, request_key,
      permissions, resources, state, created_at, expires_at, due_at, unsettled_until)
    values (${asked.name}, ${asked.purpose}, ${asked.kind}, ${secretNameOf(asked.name)}, ${row.label}, ${row.owner},
      ${row.client}, ${row.key}, ${JSON.stringify(asked.permissions)}, ${JSON.stringify(asked.resources)}, 'creating',
      ${at}, ${row.expiresAt}, ${row.until.due}, ${row.until.settled})
    on conflict do nothing`
}

/** Where a value was put: into the store, or encrypted into the row. */
export type Stored = { readonly place: Place } | { readonly sealed: string }

/**
 * Notes where the value is, and that the lease may be used; nothing is changed unless it is still in the state `from`,
 * as it was when `unsettled` was read.
 */
export function activate(
  { row, state, unsettled_until: unsettled }: Pick<LeaseRow, 'row' | 'state' | 'unsettled_until'>,
  tokenId: string,
  stored: Stored,
  due: Moment,
  rolledAt: Moment | null,
): Statement {
  const [place, sealed] = 'place' in stored ? [stored.place, null] : [null, stored.sealed]
  return sql`update managed_tokens set state = 'active', token_id = ${tokenId}, store_id = ${place?.store ?? null},
      secret_id = ${place?.secret ?? null}, sealed = ${sealed}, rolled_at = coalesce(${rolledAt}, rolled_at),
      due_at = ${due}, unsettled_until = null, attempts = 0, error = null
    where id = ${row} and state = ${state} and unsettled_until is ${unsettled}`
}

/** Takes a lease up for a new value; nothing is changed unless it is active. */
export function beginRoll(row: number, until: { readonly due: Moment; readonly settled: Moment }): Statement {
  return sql`update managed_tokens set state = 'rolling', due_at = ${until.due}, unsettled_until = ${until.settled},
    attempts = 0, error = null where id = ${row} and state = 'active'`
}

/** Cloudflare did not replace the value. */
export function cancelRoll({ row, unsettled_until: unsettled }: LeaseRow, due: Moment): Statement {
  return sql`update managed_tokens set state = 'active', due_at = ${due}, unsettled_until = null
    where id = ${row} and state = 'rolling' and unsettled_until is ${unsettled}`
}

export function extend(row: number, expiresAt: Moment, due: Moment): Statement {
  return sql`update managed_tokens set expires_at = ${expiresAt}, due_at = ${due}, attempts = 0, error = null
    where id = ${row} and state = 'active'`
}

/**
 * Begins to end a lease; nothing is changed when somebody has, or when one that was to expire has been renewed. Its name is
 * free from then on.
 */
export function beginEnding(row: number, ending: Ending, due: Moment, at: Moment): Statement {
  return sql`update managed_tokens set state = 'revoking', ending = ${ending}, request_key = null, due_at = ${due},
    attempts = 0, error = null
    where id = ${row} and state <> 'revoking' and (${ending} <> 'expired' or expires_at <= ${at})`
}

/** Notes the token that was made, and whether all calls that were for it are known to have ended. */
export function noteMade(row: number, tokenId: string | null, isSettled: boolean): Statement {
  return sql`update managed_tokens set token_id = coalesce(${tokenId}, token_id),
    unsettled_until = iif(${isSettled ? 1 : 0}, null, unsettled_until) where id = ${row}`
}

export function deleteLease(row: number): Statement {
  return sql`delete from managed_tokens where id = ${row} and state = 'revoking'`
}

/** What the clock has to look after, the longest due first. */
export async function dueLeases(db: D1Database, at: Moment, limit: number): Promise<LeaseRow[]> {
  return sql`select ${columns} from managed_tokens where due_at <= ${at} order by due_at, id limit ${limit}`.all(
    db,
    LeaseRow,
  )
}

/** Takes a due lease up until a moment; nothing is changed when another has. Who rolled it until now is cut off. */
export function claim({ row, due_at: due, state }: LeaseRow, until: { due: Moment; settled: Moment }): Statement {
  return sql`update managed_tokens set due_at = ${until.due},
      unsettled_until = iif(state = 'rolling', ${until.settled}, unsettled_until)
    where id = ${row} and due_at = ${due} and state = ${state}`
}

/** Notes that a call is about to be made whose effect may come late, or that none is under way (null). */
export function noteUnsettled(row: number, until: Moment | null): Statement {
  return sql`update managed_tokens set unsettled_until = ${until} where id = ${row} and state = 'active'`
}

/** Tries again later what did not work. */
export function postpone({ row }: LeaseRow, due: Moment, error: string): Statement {
  return sql`update managed_tokens set due_at = ${due}, attempts = attempts + 1, error = ${error} where id = ${row}`
}

/** Looks again later, without anything having failed. */
export function lookAgain(row: number, due: Moment): Statement {
  return sql`update managed_tokens set due_at = ${due} where id = ${row}`
}
