import { createHash, randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { accountById } from './queries.ts'
import { Token, allScopes } from './schema.ts'
import type { Account, Caller } from './schema.ts'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const Count = z.object({ id: z.number() })

/** A personal access token in GitHub's form: 30 random characters, then a checksum that secret scanners verify. */
export function newPersonalToken(): string {
  const random = Array.from({ length: 30 }, () => alphabet[randomInt(62)]).join('')
  return `ghp_${random}${base62(crc32(random)).padStart(6, '0')}`
}

export type NewToken = {
  readonly scopes?: readonly string[]
  readonly note?: string
  readonly expires_at?: number | null
}

/** Lets a token act for a user. The token itself is stored as its hash alone. */
export function addToken(store: Store, user: Account, token: string, more: NewToken, at: number): void {
  const { scopes = allScopes, note = '', expires_at = null } = more
  const hash = hashOf(token)
  if (store.first(sql`select id from tokens where hash = ${hash}`, Count)) return
  store.insert('tokens', { user_id: user.id, hash, scopes: scopes.join(' '), note, created_at: at, expires_at })
}

/** Who a token speaks for; null when it is unknown, expired or of nobody. */
export function callerWith(store: Store, token: string, at: number): Caller | null {
  const known = store.first(
    sql`select id, user_id, scopes, note, expires_at from tokens where hash = ${hashOf(token)}`,
    Token,
  )
  if (!known || (known.expires_at !== null && known.expires_at <= at)) return null
  const user = accountById(store, known.user_id)
  return user && { user, token: known }
}

/** The token in an `Authorization` header: `Bearer`, `token`, or the password (or lone user name) of Basic. */
export function tokenIn(authorization: string): string | null {
  const [, scheme = '', credentials = ''] = /^(bearer|token|basic)\s+(\S+)\s*$/i.exec(authorization) ?? []
  if (scheme.toLowerCase() !== 'basic') return credentials || null
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return null
  return pair.slice(colon + 1) === '' || pair.endsWith(':x-oauth-basic') ? pair.slice(0, colon) : pair.slice(colon + 1)
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

function base62(number: number): string {
  return (number >= 62 ? base62(Math.floor(number / 62)) : '') + alphabet[number % 62]
}
