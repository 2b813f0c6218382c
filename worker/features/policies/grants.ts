import { now } from '../../platform/clock.ts'
import type { Principal } from '../../platform/principal.ts'
import { accessOf, policiesOf } from '../gateway/grant.ts'
import type { Access, Grant } from '../gateway/grant.ts'
import { grantsOf } from './queries.ts'

/** How long policies that were read are taken as they were, in milliseconds. */
const trusted = 2000
const recent = new Map<string, { readonly grants: readonly Grant[]; readonly until: number }>()

/** Forgets what was read, so that here a changed policy counts at once; elsewhere within two seconds. */
export function forgetGrants(): void {
  recent.clear()
}

/** What somebody may do at Cloudflare, now. */
export async function accessFor(db: D1Database, principal: Principal): Promise<Access> {
  const at = now()
  const names = policiesOf(principal)
  if (names.length === 0) return accessOf(principal, [], at)
  const key = names.toSorted().join()
  const known = recent.get(key)
  if (known && known.until > at) return accessOf(principal, known.grants, at)
  const grants = await grantsOf(db, names)
  if (recent.size >= 1000) recent.clear()
  recent.set(key, { grants, until: at + trusted })
  return accessOf(principal, grants, at)
}
