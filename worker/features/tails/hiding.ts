import { z } from '@hono/zod-openapi'
import { hidden, redact, Secrets } from '../../platform/redact.ts'

/** Headers that prove who somebody is, by their names. */
const secretHeader = /auth|cookie|key|secret|token|session|csrf|signature|passw|credential/i

/** `password=…`, `"token": "…"` inside a text, whatever it is: a query, a form, JSON that was printed. */
const assigned =
  /((?:passw(?:or)?d|pwd|passphrase|secret|token|credentials?|(?:api|access|private|secret|account)[_-]?key|authorization|signature)s?\\*["']?\s*(=|:)\s*\\*["']?)([^\s"'\\&,;<>(){}[\]]+)/gi

/** What a colon says is often prose: `token: expired`. */
const isWord = /^[a-z]+$/i

const Own = z.object({ CF_API_TOKEN: z.string().optional(), CLIENT_AUTH_TOKEN: z.string().optional() })

/** Secrets that every log may hold: the control plane's own. */
export function ownSecrets(env: Env): Secrets {
  const secrets = new Secrets()
  for (const secret of Object.values(Own.parse(env))) secrets.add(secret ?? '')
  return secrets
}

/** A trace as JSON that may be kept and shown. @throws RangeError when it is nested beyond what can be walked */
export function shownTrace(trace: Readonly<Record<string, unknown>>, secrets: Secrets): string {
  return JSON.stringify(redact(trace, [], secrets), (name, value: unknown) => {
    if (name === 'headers') return withoutSecrets(value)
    return typeof value === 'string' ? hideAssigned(value) : value
  })
}

function withoutSecrets(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return headers
  const shown = Object.entries(headers).map(([name, value]) => [
    name,
    secretHeader.test(name) && value !== '' ? hidden : value,
  ])
  return Object.fromEntries(shown) as unknown
}

function hideAssigned(text: string): string {
  return text.replace(assigned, (whole, name: string, sign: string, value: string) =>
    sign === ':' && isWord.test(value) ? whole : name + hidden,
  )
}
