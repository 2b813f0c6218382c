import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a token may look like: enough characters that guessing is hopeless, none that a header or a URL would mangle. */
const form = /^[0-9A-Za-z_-]{40,80}$/

export function isTokenForm(text: string): boolean {
  return form.test(text)
}

/** A new client token of 256 random bits; the prefix lets secret scanners find it. */
export function newToken(): string {
  return `tl_${randomBytes(32).toString('base64url')}`
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Compares in a time that tells nothing of where two secrets differ. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(secret).digest())
}

/** What an `Authorization` header holds. `run` is the recorded run that the caller is part of, if it names one. */
export type Credentials = { readonly token: string | null; readonly run: string | null }

/** Reads `Bearer <token>`, or Basic with the token as password and as user name a run key or anything else. */
export function credentialsIn(authorization: string): Credentials {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic)\s+(.*)$/i.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return { token: credentials.trim(), run: null }
  const pair = scheme === '' ? '' : Buffer.from(credentials, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon < 0) return { token: null, run: null }
  const user = pair.slice(0, colon)
  return { token: pair.slice(colon + 1), run: isRunKey(user) ? user : null }
}

/** A recorder's name for its run: 128 random bits that only it and what it starts know. */
export function isRunKey(text: string): boolean {
  return /^run-[0-9a-f]{32}$/.test(text)
}

/** When a token ends: as asked, but never after the token it was issued with. */
export function expiryOf(days: number | undefined, issuerEnds: number | null, at: number): number | null {
  const asked = days === undefined ? null : at + days * 86_400_000
  if (asked === null || issuerEnds === null) return asked ?? issuerEnds
  return Math.min(asked, issuerEnds)
}
