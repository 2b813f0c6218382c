import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { fromBit } from '../../platform/columns.ts'
import { closePage } from '../../platform/pages.ts'
import type { Page } from '../../platform/pages.ts'
import { every, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Token } from './schema.ts'

const TokenRow = Token.extend({ row: z.int(), scopes: z.string() })
const Credential = z.object({
  id: z.int(),
  name: z.string(),
  scopes: z.string(),
  last_used_at: z.int().nullable(),
  expires_at: z.int().nullable(),
  run_key: z.string().nullable(),
  lent: fromBit,
})
const Names = z.array(z.string())

const columns = sql`id as row, printf('tok-%09d', id) as id, name, scopes, created_by, ${time('created_at')},
  ${time('expires_at')}, ${time('last_used_at')}`

function shown(row: z.infer<typeof TokenRow>): Token {
  return Token.parse({ ...row, scopes: JSON.parse(row.scopes) })
}

/** What another token lent to a run or a command, and what ends with it. */
const isLent = sql`(run_key is not null or parent_id is not null)`

/** The live token with this hash. */
export async function findCredential(db: D1Database, hash: string, at: Moment) {
  const row = await sql`select id, name, scopes, last_used_at, expires_at, run_key, ${isLent} as lent from api_tokens
    where hash = ${hash} and (expires_at is null or expires_at > ${at})`.first(db, Credential)
  return row && { ...row, scopes: Names.parse(JSON.parse(row.scopes)) }
}

/** Those of the tokens that still work. */
export async function livingTokens(db: D1Database, ids: readonly number[], at: Moment): Promise<ReadonlySet<number>> {
  const rows = await sql`select id from api_tokens where id in (select value from json_each(${JSON.stringify(ids)}))
    and (expires_at is null or expires_at > ${at})`.all(db, z.object({ id: z.int() }))
  return new Set(rows.map(({ id }) => id))
}

/** Notes a use, to the minute: more would make every read a write. */
export function noteUse(id: number, at: Moment): Statement {
  return sql`update api_tokens set last_used_at = ${at}
    where id = ${id} and (last_used_at is null or last_used_at < ${at - 60_000})`
}

type NewRow = { name: string; hash: string; scopes: readonly string[]; by: string; expiresAt: Moment | null }

/** @param parent the token that this one ends with, or null */
export function insertToken(token: NewRow, at: Moment, parent: number | null = null): Statement {
  const { name, hash, scopes, by, expiresAt } = token
  return sql`insert into api_tokens (name, hash, scopes, created_at, created_by, expires_at, parent_id)
    values (${name}, ${hash}, ${JSON.stringify(scopes)}, ${at}, ${by}, ${expiresAt}, ${parent})`
}

/** The condition that the token with this id works. */
export function isAlive(id: Statement, at: Moment): Statement {
  return sql`exists (select 1 from api_tokens t where t.id = ${id} and (t.expires_at is null or t.expires_at > ${at}))`
}

export async function findToken(db: D1Database, where: { hash: string } | { id: number }): Promise<Token | null> {
  const condition = 'hash' in where ? sql`hash = ${where.hash}` : sql`id = ${where.id}`
  const row = await sql`select ${columns} from api_tokens where ${condition}`.first(db, TokenRow)
  return row && shown(row)
}

export async function listTokens(db: D1Database, page: Page) {
  const after = page.after?.[0]
  const condition = every([after === undefined ? null : sql`api_tokens.id < ${after}`])
  const rows =
    await sql`select ${columns} from api_tokens where ${condition} order by api_tokens.id desc limit ${page.limit + 1}`.all(
      db,
      TokenRow,
    )
  const { rows: tokens, next } = closePage(page, rows, ({ row }) => [row])
  return { tokens: tokens.map(shown), next }
}

/** Deletes a token; a trigger deletes the run tokens that it gave. */
export function deleteToken(id: number): Statement {
  return sql`delete from api_tokens where id = ${id}`
}

/** What a run gets for itself: it ends with the run, and with the token (`parent`, null for the owner's) that began it. */
export type RunToken = Omit<NewRow, 'name'> & { readonly run: string; readonly parent: number | null }

/**
 * Gives a run a token in place of the one it may have, unless the token that gives it has just been deleted.
 * @param name a query that answers what the records call it, or nothing when the run is to get none
 */
export function replaceRunToken(name: Statement, token: RunToken, at: Moment): Statement[] {
  return [
    deleteRunToken(token.run),
    sql`insert into api_tokens (name, hash, scopes, created_at, created_by, expires_at, parent_id, run_key)
      select name, ${token.hash}, ${JSON.stringify(token.scopes)}, ${at}, ${token.by}, ${token.expiresAt},
        ${token.parent}, ${token.run} from (${name})
      where ${token.parent} is null or exists (select 1 from api_tokens where id = ${token.parent})`,
  ]
}

/** Ends the token of a run, if it has one. */
export function deleteRunToken(run: string): Statement {
  return sql`delete from api_tokens where run_key = ${run}`
}

/** Notes that an identity was exchanged; nothing is changed when it was before. */
export function spendIdentity(jti: string, expiresAt: Moment): Statement {
  return sql`insert into spent_identities (jti, expires_at) values (${jti}, ${expiresAt}) on conflict do nothing`
}

/** Forgets identities that have expired: they are refused for that. */
export function forgetIdentities(at: Moment): Statement {
  return sql`delete from spent_identities where expires_at < ${at}`
}

/** Deletes what has expired and was only lent: to runs whose end nobody reported, and for less than a day. */
export function deleteExpiredLoans(at: Moment): Statement {
  return sql`delete from api_tokens where expires_at is not null and expires_at < ${at}
    and (${isLent} or expires_at - created_at < 86400000)`
}
