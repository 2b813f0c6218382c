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

/** The token in an `Authorization` header: `Bearer <token>`, or Basic with any user name and the token as password. */
export function tokenIn(authorization: string): string | null {
  const [, scheme = '', credentials = ''] = /^(Bearer|Basic)\s+(.*)$/i.exec(authorization) ?? []
  if (scheme.toLowerCase() === 'bearer') return credentials.trim()
  if (scheme.toLowerCase() !== 'basic') return null
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : null
}

/** When a token ends: as asked, but never after the token it was issued with. */
export function expiryOf(days: number | undefined, issuerEnds: number | null, at: number): number | null {
  const asked = days === undefined ? null : at + days * 86_400_000
  if (asked === null || issuerEnds === null) return asked ?? issuerEnds
  return Math.min(asked, issuerEnds)
}
