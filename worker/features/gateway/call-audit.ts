import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { hint } from '../../platform/outbox.ts'
import { transact } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { callerIn } from '../audit/act.ts'
import { audited, auditedAtOnce } from '../audit/audit.ts'
import type { NewAct } from '../audit/audit.ts'
import type { Call } from './call.ts'
import { FreeActs } from './free-acts.ts'
import { isReading } from './grant.ts'
import { shown } from './resource.ts'

/** How a call ended. Neither a body nor a value is part of it. */
export type Ended = {
  readonly status: number
  readonly milliseconds: number
  /** Cloudflare's names of the call, to be found in its own audit. */
  readonly auditId: string | null
  readonly ray: string | null
  readonly fields: readonly string[]
  /** Why the gateway refused it, or null. */
  readonly missing: string | null
  /** Whether the gateway itself answered: then the call cost the account none. */
  readonly isOurs: boolean
}

/** How long a read may wait for others, in milliseconds, and how many are written at once. */
const patience = 500
const together = 200
const free = new FreeActs()
let waiting: { readonly act: NewAct; readonly at: Moment }[] = []

/**
 * Writes down a call: one that changes something before its answer is given, together with `more`; reads, and what the
 * gateway itself answers, in batches a moment later.
 */
export async function recordCall(
  c: AppContext,
  call: Call,
  ended: Ended,
  more: readonly Statement[] = [],
): Promise<void> {
  const act = actOf(c, call, ended)
  if (ended.isOurs && more.length === 0) return waitFree(c, act)
  if (isReading(call.operation) && more.length === 0) return wait(c, act)
  await transact(c.env.DEPLOYMENT_DB, [audited(act, now()), ...more])
  c.executionCtx.waitUntil(hint(c.env))
}

/** Writes down, among the reads, what somebody asked for that is no operation, or none of this account. */
export function recordUnknown(c: AppContext, status: number): void {
  waitFree(c, {
    ...callerIn(c),
    action: c.req.method === 'GET' || c.req.method === 'HEAD' ? 'gateway.read' : 'gateway.write',
    subject: `unknown:${c.req.path}`,
    outcome: 'refused',
    detail: { operation: null, method: c.req.method, status },
  })
}

function actOf(c: AppContext, { operation, target }: Call, ended: Ended): NewAct {
  const { status, milliseconds, auditId, ray, fields, missing } = ended
  const detail = {
    operation: operation.id,
    method: operation.method,
    status,
    duration_ms: Math.round(milliseconds),
    cloudflare_audit_id: auditId,
    cloudflare_ray: ray,
    ...(missing !== null && { missing }),
  }
  return {
    ...callerIn(c),
    action: isReading(operation) ? 'gateway.read' : 'gateway.write',
    subject: target.resources.map(shown).join(' '),
    outcome: status < 400 ? 'success' : status < 500 ? 'refused' : 'failed',
    changed: [...new Set(fields)],
    detail,
  }
}

/** Of what costs nothing, so many are written; the next that is tells how many were not. */
function waitFree(c: AppContext, act: NewAct): void {
  const leftOut = free.count(act.token_id ?? act.actor, now())
  if (leftOut === null) return
  wait(c, leftOut === 0 ? act : { ...act, detail: { ...act.detail, left_out: leftOut } })
}

function wait(c: AppContext, act: NewAct): void {
  waiting.push({ act, at: now() })
  if (waiting.length > 1 && waiting.length < together) return
  const delay = waiting.length < together ? patience : 0
  c.executionCtx.waitUntil(flushAfter(c.env, delay))
}

async function flushAfter(env: Env, milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
  const batch = waiting
  waiting = []
  if (batch.length === 0) return
  try {
    await auditedAtOnce(batch).run(env.DEPLOYMENT_DB)
  } catch (error) {
    console.error({ audit: String(error), reads: batch.length })
  }
}
