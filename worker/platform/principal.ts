import type { Moment } from './clock.ts'
import { Problem } from './problem.ts'

/**
 * Every scope there is. `state:`, `plan:` and `force:` take a state's name or a prefix with `/*`; `sdk:` takes a policy's
 * name. Raw state is every secret in it, so only `state:` and `plan:` open it: neither `read` nor `admin` does.
 */
export const scopes = {
  read: 'Read everything that is recorded, except raw state.',
  'deployments:write': 'Report deployments, their plans and their logs.',
  'commands:write': 'Report commands.',
  flows: 'Create, deploy and delete projects.',
  'sdk:*': 'Call every Cloudflare operation through the gateway.',
  'sdk:read': 'Call reading Cloudflare operations through the gateway.',
  'sdk:<policy>': 'Call what the named policy allows through the gateway.',
  'state:<name>':
    'Read, write, lock, unlock and roll back a state; `state:team/*` covers all below, `state:*` covers all.',
  'plan:<name>': 'Lock and read a state, and unlock what it locked, as a plan does; never write. `*` as with `state:`.',
  'force:<name>': "Break another's lock on a state, push over it with -force, or delete it; `*` as with `state:`.",
  admin: 'Manage tokens, and all of the above except `state:`, `plan:` and `force:`.',
} as const

const fixed = new Set(Object.keys(scopes).filter((scope) => !scope.includes('<')))
const named =
  /^(?:state|plan|force):(?:\*|[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*(?:\/\*)?)$|^sdk:[a-z0-9][a-z0-9-]*$/

export function isScope(text: string): boolean {
  return fixed.has(text) || named.test(text)
}

/** Who is calling: the owner's root token, which may do everything, or a client token. */
export type Principal = {
  readonly name: string
  readonly token: number | null
  readonly scopes: readonly string[] | 'all'
  /** When the credentials end, or null. What they hand out ends with them. */
  readonly expiresAt: Moment | null
  /** The recorded run that the caller is part of, as its own token proves or as the caller merely says; or null. */
  readonly run: string | null
  readonly isRunToken: boolean
  /** Whether the token was lent by another one, for a run or a command, and so lends nothing itself. */
  readonly isLent: boolean
}

/** Who calls what is public. */
export const nobody: Principal = {
  name: 'anonymous',
  token: null,
  scopes: [],
  expiresAt: null,
  run: null,
  isRunToken: false,
  isLent: true,
}

/**
 * Whether a held scope covers a wanted one: itself, a prefix with `/*`, `*`, `admin` for what is not raw state, or `state:`
 * for the `plan:` of the same name.
 */
function covers(held: string, wanted: string): boolean {
  if (held === wanted) return true
  if (held === 'admin') return !/^(?:state|plan|force):/.test(wanted)
  if (held.startsWith('state:') && wanted.startsWith('plan:')) return covers(held, wanted.replace('plan:', 'state:'))
  if (!held.endsWith('*')) return false
  return wanted.startsWith(held.slice(0, -1))
}

export function holds(principal: Principal, wanted: string): boolean {
  return principal.scopes === 'all' || principal.scopes.some((held) => covers(held, wanted))
}

/** Refuses a caller without the scope, naming it. */
export function mustHold(principal: Principal, wanted: string): void {
  if (holds(principal, wanted)) return
  throw new Problem('forbidden', `This needs the scope ${wanted}, which the token "${principal.name}" does not have.`, {
    extensions: { scope: wanted },
  })
}
