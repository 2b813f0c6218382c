import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { remember } from '../../platform/outbox.ts'
import type { Delivery } from '../../platform/outbox.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'

/** Who did what to what, from where, and how it ended. `detail` never holds secrets. */
const Act = z.object({
  actor: z.string(),
  action: z.enum(['token.create', 'token.delete', 'state.force_unlock', 'state.force_write']),
  subject: z.string(),
  outcome: z.enum(['success', 'refused', 'failed']).default('success'),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()).default({}),
})
type Act = z.input<typeof Act>

/** Puts an act on its way into the audit log, in the batch of the change itself. */
export function audited(act: Act, at: Moment): Statement {
  return remember('audit', Act.parse(act), at)
}

/** Writes an act that the outbox delivered. */
export function recordAct({ id, payload, at }: Delivery): Statement[] {
  const act = Act.parse(payload)
  return [
    sql`insert into audit_log (outbox_id, at, actor, action, subject, outcome, request_id, address, detail)
      values (${id}, ${at}, ${act.actor}, ${act.action}, ${act.subject}, ${act.outcome}, ${act.request_id}, ${act.address},
        ${JSON.stringify(act.detail)})
      on conflict do nothing`,
  ]
}
