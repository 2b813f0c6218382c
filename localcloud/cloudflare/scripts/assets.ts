import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Blobs } from '../blobs.ts'
import { ApiError } from '../envelope.ts'
import type { Account } from '../identity/tables.ts'
import type { Store } from '../store.ts'
import { parseHeaders, parseRedirects } from './asset-rules.ts'
import type { Metadata } from './metadata.ts'
import type { Assets, Version } from './schema.ts'

const hour = 3_600_000

/** What a token of an upload session says: whose files, and whether all of them have come. */
const Claims = z.object({
  /** A blob that lists the session's paths and hashes. */
  manifest: z.string(),
  done: z.boolean(),
  exp: z.int(),
})
export type Claims = z.infer<typeof Claims>

/** The paths of a session, each with the client's own hash of its content. */
export const Listed = z.record(z.string(), z.object({ hash: z.string().regex(/^[0-9a-f]{32,64}$/), size: z.int() }))
export type Listed = z.infer<typeof Listed>

type Around = { readonly store: Store; readonly blobs: Blobs; readonly account: Pick<Account, 'jwt_key'> }

/** A token for an upload session: a JWT signed with the account's own key. */
export function sign(claims: Omit<Claims, 'exp'>, key: string, at: number): string {
  const head = encode({ alg: 'HS256', typ: 'JWT' })
  const body = encode({ ...claims, exp: Math.floor((at + hour) / 1000) })
  return `${head}.${body}.${signature(`${head}.${body}`, key)}`
}

/** What a token says, if it is ours and not too old. */
export function claimsIn(token: string, key: string, at: number): Claims {
  const [head = '', body = '', given = ''] = token.split('.')
  const wanted = signature(`${head}.${body}`, key)
  const isOurs = given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted))
  const claims = isOurs ? Claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))) : null
  if (!claims?.success || claims.data.exp * 1000 < at) throw badToken()
  return claims.data
}

export function badToken(): ApiError {
  return new ApiError(401, { code: 10_000, message: 'Authentication error' })
}

function signature(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const FileRow = z.object({ hash: z.string(), blob: z.string(), type: z.string() })

/** Files of a session that have come, by the client's hash. */
export function filesOf(store: Store, listed: Listed): Map<string, z.infer<typeof FileRow>> {
  const hashes = JSON.stringify(Object.values(listed).map(({ hash }) => hash))
  const sql = 'select hash, blob, type from asset_files where hash in (select value from json_each(?))'
  return new Map(store.all(FileRow, sql, hashes).map((file) => [file.hash, file]))
}

/** Hashes of a session that are still missing. */
export function missingOf(store: Store, listed: Listed): string[] {
  const there = filesOf(store, listed)
  return [...new Set(Object.values(listed).map(({ hash }) => hash))].filter((hash) => !there.has(hash))
}

/** The static files of a new version: those of a session that is complete, those of the version before, or none. */
export function assetsFor(around: Around, metadata: Metadata, previous: Version | null, at: number): Assets | null {
  const { jwt, config: sent } = metadata.assets ?? {}
  if (jwt !== undefined) return { manifest: uploaded(around, jwt, at), config: configOf(sent ?? {}) }
  if (!metadata.keep_assets || !previous?.assets) return null
  return { ...previous.assets, ...(sent ? { config: configOf(sent) } : {}) }
}

/** The list of a session's files, as the runtime wants it. */
function uploaded({ store, blobs, account }: Around, jwt: string, at: number): string {
  const { manifest, done } = claimsIn(jwt, account.jwt_key, at)
  const listed = Listed.parse(JSON.parse(blobs.get(manifest).toString('utf8')))
  const files = filesOf(store, listed)
  const served = Object.entries(listed).map(([path, { hash }]) => {
    const file = files.get(hash)
    if (!done || !file) throw incomplete()
    return [path, { blob: file.blob, type: file.type }]
  })
  return blobs.put(Buffer.from(JSON.stringify(Object.fromEntries(served))))
}

function incomplete(): ApiError {
  return new ApiError(400, { code: 10_021, message: 'assets: the upload session is not complete' })
}

/** The texts of `_headers` and `_redirects` become the rules that the asset Worker goes by. */
function configOf(sent: Record<string, unknown>): Assets['config'] {
  const { _headers: headers, _redirects: redirects, ...config } = sent
  return {
    ...config,
    ...(typeof headers === 'string' ? { headers: parseHeaders(headers) } : {}),
    ...(typeof redirects === 'string' ? { redirects: parseRedirects(redirects) } : {}),
  }
}
