import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { audited } from '../audit/audit.ts'
import type { Action } from '../audit/schema.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { deleteLease, lookAgain } from './queries.ts'
import type { LeaseRow } from './queries.ts'
import { deleteToken, tokensLabelled } from './token.ts'
import { placeOf, storeWanted } from './value.ts'
import { deleteSecret, existingStore, findSecret } from './vault.ts'
import type { Place } from './vault.ts'

/** How often what may still come is looked for, in milliseconds. */
const between = 60_000

/** Tells the audit what the clock did. */
export function clockAct(action: Action, { name, token_id: token, ending }: LeaseRow, at: Moment): Statement {
  const detail = { token, ...(ending !== null && { reason: ending }) }
  const nobody = { actor: 'throughline', request_id: null, address: null }
  return audited({ ...nobody, action, subject: name, detail }, at)
}

/**
 * Deletes a lease that is being revoked: token, secret, row. Each is done again without harm, and what is gone already is
 * no failure. While a call of its making may still take effect, its row stays and is looked after.
 * @returns whether it is gone. @throws CloudflareError when Cloudflare did not do it
 */
export async function finishEnding(env: Env, cloudflare: Cloudflare, lease: LeaseRow): Promise<boolean> {
  if (lease.state !== 'revoking') return false
  for (const token of await tokensFor(cloudflare, lease)) await deleteToken(cloudflare, lease.kind, token)
  for (const place of await placesFor(env, cloudflare, lease)) await deleteSecret(cloudflare, place)
  const at = now()
  const { row, unsettled_until: unsettled } = lease
  if (unsettled !== null && unsettled > at) {
    await lookAgain(row, Math.min(unsettled, at + between)).run(env.DEPLOYMENT_DB)
    return false
  }
  // That it was revoked is told when it is asked for.
  const told = lease.ending === 'revoked' ? [] : [clockAct('lease.end', lease, at)]
  try {
    await transact(env.DEPLOYMENT_DB, [deleteLease(row), must(sql`changes() = 1`), ...told])
  } catch (error) {
    // Another has just done so.
    if (!isBrokenAssertion(error)) throw error
  }
  return true
}

async function tokensFor(cloudflare: Cloudflare, lease: LeaseRow): Promise<Set<string>> {
  const found = lease.unsettled_until === null ? [] : await tokensLabelled(cloudflare, lease)
  return new Set(lease.token_id === null ? found : [lease.token_id, ...found])
}

async function placesFor(env: Env, cloudflare: Cloudflare, lease: LeaseRow): Promise<Place[]> {
  const known = placeOf(lease)
  if (lease.unsettled_until === null) return known ? [known] : []
  const store = await existingStore(cloudflare, storeWanted(env))
  const { label, secret_name: secretName } = lease
  const secret = store === null ? null : await findSecret(cloudflare, store, { label, secretName })
  const found = store !== null && secret?.isOwn ? [{ store, secret: secret.id }] : []
  return known ? [known, ...found.filter((place) => place.secret !== known.secret)] : found
}
