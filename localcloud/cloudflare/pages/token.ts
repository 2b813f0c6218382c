import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { isSameSecret } from '../../../worker/features/access/token.ts'
import { unauthorized } from './errors.ts'

const hour = 3600
const mostFiles = 20_000

const Claims = z.object({ project: z.string(), exp: z.number() })

/** What lets somebody upload files for a project for an hour, without the account's own token. */
export function uploadToken(project: string, key: string, at: number): string {
  const seconds = Math.floor(at / 1000)
  const claims = { project, iat: seconds, exp: seconds + hour, max_file_count_allowed: mostFiles }
  const body = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`
  return `${body}.${signature(body, key)}`
}

/** Refuses a token that is not ours, or too old. */
export function proveUploadToken(authorization: string | undefined, key: string, at: number): void {
  const [, head = '', body = '', given = ''] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? []
  if (!isSameSecret(given, signature(`${head}.${body}`, key))) throw unauthorized()
  const claims = Claims.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')))
  if (!claims.success || claims.data.exp * 1000 < at) throw unauthorized()
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function signature(text: string, key: string): string {
  return createHmac('sha256', `pages ${key}`).update(text).digest('base64url')
}
