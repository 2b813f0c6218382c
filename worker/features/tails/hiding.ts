import { z } from '@hono/zod-openapi'
import { hidden, isSecretName, redact, Secrets } from '../../platform/redact.ts'

/** Headers that prove who somebody is, by their names. */
const secretHeader = /auth|cookie|key|secret|token|session|csrf|signature|passw|credential|assertion|client-cert/i

/** The same where headers are printed, or anything else is: there `author` and `monkey` are no secrets. */
const secretMember = /^(?:set-)?cookie$|^pwd$|(?:^|[_-])(?:assertion|signature|auth)$/i

/** `password=…`, `"token": "…"` inside a text, whatever it is: a query, a form, JSON that was printed. */
const assigned =
  /((?:passw(?:or)?d|pwd|passphrase|secret|token|credentials?|(?:api|access|private|secret|account)[_-]?key|authorization|signature)s?\\*["']?\s*(=|:)\s*\\*["']?)([^\s"'\\&,;<>(){}[\]]+)/gi

/** What a colon says is often prose: `token: expired`. What is quoted is not. */
const isWord = /^[a-z]+$/i

const secret = z.string().optional()
const Own = z.object({ CF_API_TOKEN: secret, CLIENT_AUTH_TOKEN: secret, GITHUB_TOKEN: secret, LEASE_KEY: secret })

/** Secrets that every log may hold: the control plane's own. */
export function ownSecrets(env: Env): Secrets {
  const secrets = new Secrets()
  for (const value of Object.values(Own.parse(env))) secrets.add(value ?? '')
  return secrets
}

/** A trace as JSON that may be kept and shown. @throws RangeError when it is nested beyond what can be walked */
export function shownTrace(trace: Readonly<Record<string, unknown>>, secrets: Secrets): string {
  return JSON.stringify(redact(trace, [], secrets), (name, value: unknown) => {
    if (name === 'headers') return withoutSecrets(value)
    if (typeof value !== 'string' || value === '') return value
    return isMember(name) ? hidden : hideAssigned(value)
  })
}

/** Whether a member's name says that it is a secret: `x-api-key` is one as `api_key` is. */
function isMember(name: string): boolean {
  return secretMember.test(name) || isSecretName(name.replaceAll('-', '_'))
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
    sign === ':' && isWord.test(value) && !/["']$/.test(name) ? whole : name + hidden,
  )
}
