import { iso } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import { denialOf, isReading } from '../gateway/grant.ts'
import type { Access, Denial, Grant } from '../gateway/grant.ts'
import { operationsOf } from '../gateway/operation.ts'
import type { Operation } from '../gateway/operation.ts'
import { holdsOwn } from '../gateway/own.ts'
import { formPartOf, namingsOf } from '../gateway/references.ts'
import { targetOf } from '../gateway/resource.ts'
import type { Target } from '../gateway/resource.ts'
import type { Permission } from './permissions.ts'

/**
 * When what somebody may do ends, if it covers all that a token would open; null for never. A token is used past the
 * gateway: so each operation that its permission groups open, on everything that the token reaches, must be one that its
 * issuer could call here. Whatever reaches the control plane's own database, bucket, queues or script is the owner's.
 * @throws Problem (forbidden) that names what is missing
 */
export function endOfCoverage(access: Access, permissions: readonly Permission[]): Moment | null {
  if (access.isRoot) return null
  const found = permissions.flatMap(({ group, resources }) =>
    resources.flatMap((resource) => judged(access, group.name, resource)),
  )
  const missing = [...new Set(found.flatMap(({ denial }) => (denial ? [denial.missing] : [])))]
  if (missing.length > 0) throw beyond(found.find(({ denial }) => denial)?.denial?.reason ?? '', missing)
  const ends = found.flatMap(({ end }) => (end === null ? [] : [end]))
  return ends.length === 0 ? null : Math.min(...ends)
}

type Judged = { readonly denial: Denial | null; readonly end: Moment | null }

function judged(access: Access, group: string, resource: string): Judged[] {
  const opened = operationsOf(group).filter(({ template }) => isReached(template, resource))
  if (opened.length === 0) {
    const reason = `Cloudflare does not say what "${group}" opens on ${resource}.`
    return [{ denial: { reason, missing: "the owner's token" }, end: null }]
  }
  const held = { ...access, grants: access.grants.map((grant) => reading(grant, group)) }
  return opened.map((operation) => judgedOn(held, group, limited(operation, resource)))
}

/** What a group for reading opens is reading, though some of it is asked for with POST. */
function reading(grant: Grant, group: string): Grant {
  return grant.permissions === 'reading' && group.endsWith(' Read') ? { ...grant, permissions: [group] } : grant
}

/** Each grant by itself: the one that lasts longest counts. */
function judgedOn(access: Access, group: string, operation: Operation): Judged {
  const target = targetOf(operation)
  const whole = { ...target, reach: 'item' as const }
  const denial = escapeOf(group, operation, whole) ?? denialOf(access, operation, whole)
  if (denial) return { denial, end: null }
  const able = access.grants.filter((grant) => denialOf({ ...access, grants: [grant] }, operation, whole) === null)
  const ends = able.map(({ expiresAt }) => expiresAt ?? Infinity)
  const end = Math.max(...ends)
  return { denial: null, end: Number.isFinite(end) ? end : null }
}

/** What no grant of the gateway covers, because the token is not held to what the gateway looks into. */
function escapeOf(group: string, operation: Operation, { resources }: Target): Denial | null {
  const missing = "the owner's token"
  const ours = resources.find(({ kind, name }) => name === '*' && holdsOwn(kind))
  if (ours) return { reason: `"${group}" reaches every ${ours.kind}, the control plane's own among them.`, missing }
  const isProduct =
    resources.some(({ kind }) => kind === 'account') && !isReading(operation) && !group.endsWith(' Read')
  return isProduct || namesOthers(operation)
    ? { reason: `"${group}" opens operations that bind whatever their body names.`, missing }
    : null
}

/** Whether its body may name something else than what it makes: there it could bind what is ours. */
function namesOthers({ method, template }: Operation): boolean {
  const namings = namingsOf(method, template)
  return formPartOf(method, template) !== null || Object.keys(namings ?? {}).some((member) => member !== 'name')
}

function isReached(template: readonly string[], resource: string): boolean {
  const [scope = ''] = template
  if (resource.startsWith('zone:')) return scope === 'zones'
  if (resource.startsWith('r2:')) return template.slice(0, 4).join('/') === 'accounts/{}/r2/buckets'
  return resource === 'account' ? scope === 'accounts' : scope !== 'accounts' && scope !== 'zones'
}

/** The operation on what the token is limited to, instead of on everything. */
function limited(operation: Operation, resource: string): Operation {
  const name = resource.slice(resource.indexOf(':') + 1)
  const place = resource.startsWith('zone:') ? 0 : resource.startsWith('r2:') ? 1 : -1
  return { ...operation, parameters: operation.parameters.map((parameter, at) => (at === place ? name : parameter)) }
}

function beyond(reason: string, missing: readonly string[]): Problem {
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '')
  const detail = `The token would do more than its issuer may: ${reason} Missing: ${shown}.`
  return new Problem('forbidden', detail, { extensions: { missing } })
}

/** When a lease ends: as asked, but not after its issuer's token, nor after what allows it. */
export function endOfLease(asked: Moment, ends: readonly (Moment | null)[], at: Moment): Moment {
  const last = Math.min(asked, ...ends.filter((end) => end !== null))
  const whole = Math.floor(last / 1000) * 1000
  if (whole <= at) throw new Problem('forbidden', `What allows it has ended, or ends at ${iso(last)}.`)
  return whole
}
