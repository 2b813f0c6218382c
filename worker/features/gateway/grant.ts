import type { Moment } from '../../platform/clock.ts'
import { holds } from '../../platform/principal.ts'
import type { Principal } from '../../platform/principal.ts'
import { handsOut } from './credentials.ts'
import type { Operation } from './operation.ts'
import { isOwn } from './own.ts'
import { matches, shown } from './resource.ts'
import type { Resource, Target } from './resource.ts'

/** What a policy or a scope allows: permission groups, or all, or all that read; on what matches one of the patterns. */
export type Grant = {
  readonly name: string
  readonly permissions: readonly string[] | 'all' | 'reading'
  readonly resources: readonly string[]
  readonly expiresAt: Moment | null
}

/** What somebody may do: the owner everything, others what any one of their grants allows. */
export type Access = { readonly isRoot: boolean; readonly grants: readonly Grant[] }

/** Why a call is refused: what to say, and what would have to be granted. */
export type Denial = { readonly reason: string; readonly missing: string }

/** Names of the policies that a principal's scopes speak of. */
export function policiesOf({ scopes }: Principal): string[] {
  if (scopes === 'all') return []
  return scopes.flatMap((scope) => (/^sdk:[a-z0-9]/.test(scope) && scope !== 'sdk:read' ? [scope.slice(4)] : []))
}

/** @param policies those that `policiesOf` names, as far as there are any */
export function accessOf(principal: Principal, policies: readonly Grant[], at: Moment): Access {
  const everything = { resources: ['*'], expiresAt: null }
  const fixed: Grant[] = [
    ...(holds(principal, 'sdk:*') ? [{ name: '*', permissions: 'all' as const, ...everything }] : []),
    ...(holds(principal, 'sdk:read') ? [{ name: 'read', permissions: 'reading' as const, ...everything }] : []),
  ]
  const alive = policies.filter(({ expiresAt }) => expiresAt === null || expiresAt > at)
  return { isRoot: principal.scopes === 'all', grants: [...fixed, ...alive] }
}

/**
 * Operations that would make more of a client than its policy does, whatever it says: they make or change credentials,
 * let in people, or run somebody's commands with a token of the account. They are the owner's.
 */
const ownersOnly: readonly RegExp[] = [
  /^(?:user|accounts\/\{\})\/tokens(?:\/|$)/,
  /^accounts\/\{\}\/r2\/temp-access-credentials$/,
  // Under another name a leased token's value could be bound.
  /^accounts\/\{\}\/secrets_store\/stores\/\{\}\/secrets\/\{\}\/duplicate$/,
  /^accounts\/\{\}\/(?:builds|members|roles|iam|oauth_clients|sso_connectors|shares|move|organizations)(?:\/|$)/,
  /^workers\/builds\//,
  /^accounts(?:\/\{\})?$/,
  /^(?:memberships|organizations|tenants|oauth|internal|certificates|signed-url)(?:\/|$)/,
  /^user(?:\/|$)/,
]

/** Reads that hand out the right to write. */
const writingReads = new Set(['accounts/{}/pages/projects/{}/upload-token'])

/** Settings of the account that every deploy reads and that tell nothing of any resource. */
const harmlessReads = new Set([
  'accounts/{}/workers/subdomain',
  'accounts/{}/workers/subdomains/{}',
  'accounts/{}/workers/account-settings',
  'accounts/{}/workers/placement/regions',
  'accounts/{}/secrets_store/quota',
  'ips',
])

export function isReading({ method, template }: Operation): boolean {
  return (method === 'GET' || method === 'HEAD') && !writingReads.has(template.join('/'))
}

/** Why an operation may not be called, or null. What the body of a call names is another question. */
export function denialOf(access: Access, operation: Operation, target: Target): Denial | null {
  if (access.isRoot) return null
  const own = target.resources.find(isOwn)
  if (own) return { reason: `${shown(own)} belongs to the control plane itself.`, missing: "the owner's token" }
  if (operation.rule === 'signed') return null
  if (isOwners(operation)) {
    return { reason: 'The operation could give more than any policy does.', missing: "the owner's token" }
  }
  const able = access.grants.filter((grant) => isPermitted(grant, operation))
  if (able.length === 0) return lacksPermission(operation, access.grants.length === 0)
  const isHarmless = isReading(operation) && harmlessReads.has(operation.template.join('/'))
  if (isHarmless || able.some((grant) => reaches(grant, target))) return null
  const wanted = target.resources.map(shown).join(' and ')
  return { reason: `No policy of this token covers ${wanted}.`, missing: `the resource ${wanted}` }
}

function isOwners(operation: Operation): boolean {
  const template = operation.template.join('/')
  return !isReading(operation) && ownersOnly.some((form) => form.test(template))
}

function isPermitted({ permissions }: Grant, operation: Operation): boolean {
  const { rule } = operation
  if (rule === 'token' || rule === 'signed') return true
  if (typeof permissions === 'string' && handsOut(operation)) return false
  if (permissions === 'all') return true
  // A read that needs a right to write gives away what lets somebody write, such as the token of a tunnel.
  if (permissions === 'reading') return isReading(operation) && rule.some((group) => group.endsWith(' Read'))
  return rule.some((group) => permissions.includes(group))
}

function lacksPermission(operation: Operation, isBare: boolean): Denial {
  const { rule } = operation
  const groups = typeof rule === 'string' ? [] : rule
  if (handsOut(operation)) {
    const missing = groups.length === 0 ? "the owner's token" : `a policy with the permission ${groups.join(' or ')}`
    return { reason: 'The operation gives away what works past the gateway: no scope covers it as such.', missing }
  }
  if (groups.length === 0) {
    return { reason: 'Cloudflare names no permission for this operation.', missing: 'the scope sdk:*' }
  }
  const reason = isBare
    ? 'This token names no policy that is there and has not ended.'
    : 'No policy of this token permits the operation.'
  return { reason, missing: `the permission ${groups.join(' or ')}` }
}

/** A list may be asked for by whoever may see one of the kind; what else is on it is left out. */
function reaches({ resources }: Grant, { reach, resources: wanted }: Target): boolean {
  if (reach === 'item') return wanted.every((one) => resources.some((pattern) => matches(pattern, one)))
  const prefix = `${wanted[0].kind}:`
  return resources.some((pattern) => pattern === '*' || pattern.startsWith(prefix))
}

/** What the body of a call names. */
export type Reference = Resource & {
  /** `*` does not cover it: what it leads to cannot be told from the name. */
  readonly explicit?: boolean
}

/** Why a resource may not be named in a body, or null. */
export function denialOfReference(access: Access, reference: Reference): Denial | null {
  if (access.isRoot) return null
  if (isOwn(reference)) {
    return { reason: `${shown(reference)} belongs to the control plane itself.`, missing: "the owner's token" }
  }
  const patterns = access.grants.flatMap(({ resources }) => resources)
  const able = reference.explicit === true ? patterns.filter((pattern) => pattern !== '*') : patterns
  if (able.some((pattern) => matches(pattern, reference))) return null
  return { reason: `No policy of this token covers ${shown(reference)}.`, missing: `the resource ${shown(reference)}` }
}

/** What somebody may see on a list: patterns, or null when all of it. */
export function patternsFor({ isRoot, grants }: Access, operation: Operation, kind: string): readonly string[] | null {
  if (isRoot) return null
  const patterns = grants.filter((grant) => isPermitted(grant, operation)).flatMap(({ resources }) => resources)
  return patterns.some((pattern) => pattern === '*' || pattern === `${kind}:*`) ? null : patterns
}
