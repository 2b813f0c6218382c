import type { AppContext } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { rowOf } from '../../platform/ids.ts'
import { hint } from '../../platform/outbox.ts'
import { holds } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { isBrokenAssertion, must, sql, transact } from '../../platform/sql.ts'
import { act } from '../audit/act.ts'
import { keyOf } from '../flows/accept.ts'
import { spend } from '../gateway/allowance.ts'
import { Cloudflare, CloudflareError, failureOf } from '../gateway/cloudflare.ts'
import { Refused } from '../gateway/envelope.ts'
import { accessFor } from '../policies/grants.ts'
import { endOfCoverage, endOfLease } from './coverage.ts'
import { finishEnding } from './ending.ts'
import { issueLease, proveNameIsFree } from './issuing.ts'
import { groupsOf, permissionsFor } from './permissions.ts'
import type { Permission } from './permissions.ts'
import { beginEnding, extend, findLease, leaseAskedFor, postpone, showLease } from './queries.ts'
import type { LeaseRow } from './queries.ts'
import { reasonOf } from './reason.ts'
import { endMissing, rollLease } from './rolling.ts'
import { secondsOf } from './schema.ts'
import type { Lease, NewLease } from './schema.ts'
import { replaceToken } from './token.ts'
import { dueOf, untilFor } from './value.ts'

/** A lease, as it is kept and as it is shown. @throws Problem (not-found) */
export async function existing(
  c: AppContext,
  id: string,
): Promise<{ readonly lease: LeaseRow; readonly shown: Lease }> {
  const row = rowOf('lease', id)
  const [lease, shown] =
    row === null
      ? []
      : await Promise.all([findLease(c.env.DEPLOYMENT_DB, { row }), showLease(c.env.DEPLOYMENT_DB, row)])
  if (!lease || !shown) throw new Problem('not-found', `There is no lease ${id}.`)
  return { lease, shown }
}

/** A lease that the caller may change: their own, or any for who manages tokens. */
async function changeable(c: AppContext, id: string): Promise<LeaseRow> {
  const { lease } = await existing(c, id)
  const principal = c.get('principal')
  const isOwner = lease.client_id !== null && lease.client_id === principal.token
  if (isOwner || holds(principal, 'admin')) return lease
  throw new Problem('forbidden', `${id} was lent to another client: changing it needs the scope admin.`, {
    extensions: { scope: 'admin' },
  })
}

/** Leases a token, or answers with the lease that the same key asked for. */
export async function createLease(c: AppContext, asked: NewLease): Promise<Lease> {
  const { name: owner, token: client } = c.get('principal')
  const key = keyOf(c)
  const before = key === null ? null : await leaseAskedFor(c.env.DEPLOYMENT_DB, key, asked)
  if (before) return again(c, before)
  return asProblem(c, async (cloudflare) => {
    const { permissions, expiresAt } = await allowed(c, cloudflare, asked, asked.ttl_days)
    await proveNameIsFree(c.env, asked.name)
    const { name, purpose, kind, permissions: groups, resources } = asked
    const detail = { purpose, kind, permissions: groups, resources, expires_on: iso(expiresAt) }
    const told = act(c, 'lease.create', name, { changed: Object.keys(asked), detail })
    const order = { asked, permissions, expiresAt, owner, client, key }
    const row = await issueLease(c.env, cloudflare, order, told)
    return announced(c, row)
  })
}

/** The lease that the same request asked for before. */
async function again(c: AppContext, before: { row: number; state: Lease['state']; same: boolean }): Promise<Lease> {
  if (!before.same) throw new Problem('conflict', 'This Idempotency-Key was used for another request.')
  if (before.state === 'creating')
    throw new Problem('conflict', 'A request with this Idempotency-Key is being answered.')
  return shownAt(c, before.row)
}

async function announced(c: AppContext, row: number): Promise<Lease> {
  c.executionCtx.waitUntil(hint(c.env))
  return shownAt(c, row)
}

async function shownAt(c: AppContext, row: number): Promise<Lease> {
  const shown = await showLease(c.env.DEPLOYMENT_DB, row)
  if (!shown) throw new Problem('conflict', 'The lease was ended meanwhile.')
  return shown
}

/** What a token may be given, and when it ends. @throws Problem (invalid-request, forbidden), CloudflareError */
async function allowed(
  c: AppContext,
  cloudflare: Cloudflare,
  wanted: Pick<Lease, 'kind' | 'permissions' | 'resources'>,
  days: number,
): Promise<{ permissions: readonly Permission[]; expiresAt: Moment }> {
  const groups = await groupsOf(cloudflare, wanted.kind)
  const permissions = permissionsFor(wanted, groups)
  const principal = c.get('principal')
  const covered = endOfCoverage(await accessFor(c.env.DEPLOYMENT_DB, principal), permissions)
  const at = now()
  const expiresAt = endOfLease(at + secondsOf(days) * 1000, [principal.expiresAt, covered], at)
  return { permissions, expiresAt }
}

/** Gives a lease another end. */
export async function renewLease(c: AppContext, id: string, days: number): Promise<Lease> {
  const lease = await changeable(c, id)
  return asProblem(c, async (cloudflare) => {
    const { permissions, expiresAt } = await allowed(c, cloudflare, lease, days)
    if (lease.state !== 'active') throw notActive(id)
    if (!(await replaceToken(cloudflare, lease.token_id ?? '', { ...lease, permissions, expiresAt }))) {
      await endMissing(c.env, cloudflare, lease.row)
      throw gone(id)
    }
    const due = dueOf(expiresAt, lease.sealed !== null, now())
    const told = act(c, 'lease.renew', lease.name, {
      changed: ['expires_on'],
      detail: { id, expires_on: iso(expiresAt) },
    })
    const batch = [extend(lease.row, expiresAt, due), must(sql`changes() = 1`), told]
    await transact(c.env.DEPLOYMENT_DB, batch).catch((error: unknown) => {
      throw isBrokenAssertion(error) ? notActive(id) : error
    })
    return announced(c, lease.row)
  })
}

/** Gives a lease another value. */
export async function rollValue(c: AppContext, id: string): Promise<Lease> {
  const lease = await changeable(c, id)
  return asProblem(c, async (cloudflare) => {
    const told = act(c, 'lease.roll', lease.name, { detail: { id } })
    await rollLease(c.env, cloudflare, lease.row, told)
    const after = await findLease(c.env.DEPLOYMENT_DB, { row: lease.row })
    if (after?.state !== 'active') throw gone(id)
    return announced(c, lease.row)
  })
}

/** Ends a lease. @returns null when it is gone, else what is left to the clock */
export async function revokeLease(c: AppContext, id: string): Promise<Lease | null> {
  const { row, state, name } = await changeable(c, id)
  if (state === 'creating') throw new Problem('conflict', `${id} is just being made.`)
  const db = c.env.DEPLOYMENT_DB
  const at = now()
  const begun = [beginEnding(row, 'revoked', untilFor(at).due, at), must(sql`changes() = 1`)]
  await transact(db, [...begun, act(c, 'lease.revoke', name, { detail: { id } })]).catch((error: unknown) => {
    // It is ending already: then this hurries it on.
    if (!isBrokenAssertion(error)) throw error
  })
  c.executionCtx.waitUntil(hint(c.env))
  const lease = await findLease(db, { row })
  if (!lease) return null
  try {
    if (await finishEnding(c.env, new Cloudflare(c.env), lease)) return null
  } catch (error) {
    await postpone(lease, now(), reasonOf(error)).run(db)
  }
  return showLease(db, row)
}

function notActive(id: string): Problem {
  return new Problem('conflict', `${id} is not active: it is being made, rolled or revoked.`)
}

function gone(id: string): Problem {
  return new Problem('conflict', `Cloudflare no longer has the token of ${id}, so the lease ends.`)
}

/** Counts as a call of the client's, too. What Cloudflare did not do is told as a Problem. */
async function asProblem<Result>(c: AppContext, work: (cloudflare: Cloudflare) => Promise<Result>): Promise<Result> {
  try {
    const cloudflare = new Cloudflare(c.env)
    await spend(c, c.get('principal'))
    return await work(cloudflare)
  } catch (error) {
    const told = error instanceof Refused ? failureOf(error) : error
    throw told instanceof CloudflareError ? told.toProblem() : told
  }
}
