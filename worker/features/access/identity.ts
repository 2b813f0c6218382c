import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'

/** The only algorithm that is read: a token does not choose how it is checked. */
const Header = z.object({ alg: z.literal('RS256'), kid: z.string().min(1).max(200), crit: z.undefined().optional() })

const Claims = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.int(),
  nbf: z.int(),
  iat: z.int(),
  jti: z.string().min(1).max(200),
  repository: z.string(),
  repository_id: z.string().optional(),
  ref: z.string(),
  event_name: z.string(),
  environment: z.string().optional(),
  run_id: z.string().optional(),
  sha: z.string().optional(),
  actor: z.string().optional(),
})
/** What GitHub says of a run. Times are seconds. */
export type Claims = z.infer<typeof Claims>

/** A token that was taken apart, and not yet believed. */
export type Identity = {
  readonly kid: string
  readonly claims: Claims
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** How far two clocks may be apart, in milliseconds. */
export const leeway = 60_000

/** Takes a JWT apart, or returns null for what is none that could be accepted. */
export function readIdentity(token: string): Identity | null {
  const [, header = '', claims = '', signature = ''] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? []
  const read = Header.safeParse(jsonIn(header))
  const said = Claims.safeParse(jsonIn(claims))
  if (!read.success || !said.success) return null
  const signed = Buffer.from(`${header}.${claims}`)
  return { kid: read.data.kid, claims: said.data, signed, signature: Buffer.from(signature, 'base64url') }
}

function jsonIn(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** What is wrong with what a token says of itself, for the operator's eyes; or null. */
export function faultOf(claims: Claims, wanted: { issuer: string; audience: string }, at: Moment): string | null {
  if (claims.iss !== wanted.issuer) return 'other issuer'
  if (claims.aud !== wanted.audience) return 'other audience'
  if (claims.exp * 1000 + leeway <= at) return 'expired'
  return Math.max(claims.nbf, claims.iat) * 1000 - leeway > at ? 'not valid yet' : null
}
