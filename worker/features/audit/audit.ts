import { z } from '@hono/zod-openapi'
import type { Moment } from '../../platform/clock.ts'
import { remember } from '../../platform/outbox.ts'
import type { Delivery } from '../../platform/outbox.ts'
import { redactText } from '../../platform/redact.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Action, Outcome } from './schema.ts'

/** Bytes of JSON in one column: a seal reads a thousand rows, and so does who verifies it. */
const most = 16_000

const NewAct = z.object({
  actor: z.string(),
  token_id: z.string().nullable().default(null),
  action: Action,
  subject: z.string(),
  outcome: Outcome.default('success'),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  changed: z.array(z.string()).readonly().default([]),
  detail: z.record(z.string(), z.unknown()).default({}),
})
export type NewAct = z.input<typeof NewAct>

/**
 * Puts an act on its way into the audit log: the statement belongs into the batch of the change itself, so that neither
 * is there without the other. A `detail` or `changed` above 16 KB is left out, and what looks like a secret is hidden.
 */
export function audited(act: NewAct, at: Moment): Statement {
  return remember('audit', storable(act), at)
}

/**
 * Writes acts of which nothing of ours is part, such as what somebody read elsewhere: in one statement they cost a tenth
 * of what the outbox does, which delivers each in its own transaction. At most some hundred: they are one bound value.
 */
export function auditedAtOnce(acts: readonly { readonly act: NewAct; readonly at: Moment }[]): Statement {
  const rows = JSON.stringify(acts.map(({ act, at }) => ({ at, ...storable(act) })))
  // No row of the outbox carried them: such ids are above zero.
  return sql`insert into audit_log (outbox_id, at, actor, token_id, action, subject, outcome, request_id, address, changed, detail)
    select -abs(random() >> 11) - 1, value ->> 'at', value ->> 'actor', value ->> 'token_id', value ->> 'action',
      value ->> 'subject', value ->> 'outcome', value ->> 'request_id', value ->> 'address', value -> 'changed',
      value -> 'detail'
    from json_each(${rows})`
}

function storable(act: NewAct): z.infer<typeof NewAct> {
  const { subject, changed, detail, ...rest } = NewAct.parse(JSON.parse(JSON.stringify(act, hideSecrets)))
  return {
    ...rest,
    subject: subject.slice(0, 500),
    changed: fits(changed) ? changed : ['(too many to list)'],
    detail: fits(detail) ? detail : { left_out: 'It was too large.' },
  }
}

function hideSecrets(_: string, value: unknown): unknown {
  return typeof value === 'string' ? redactText(value) : value
}

function fits(value: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(value)) <= most
}

/** Writes an act that the outbox delivered, once however often it is delivered. */
export function recordAct({ id, payload, at }: Delivery): Statement[] {
  const act = NewAct.parse(payload)
  const insertion = sql`insert into audit_log (outbox_id, at, actor, token_id, action, subject, outcome, request_id, address, changed, detail)
    select ${id}, ${at}, ${act.actor}, ${act.token_id}, ${act.action}, ${act.subject}, ${act.outcome},
      ${act.request_id}, ${act.address}, ${JSON.stringify(act.changed)}, ${JSON.stringify(act.detail)}
    where not exists (select 1 from audit_log where outbox_id = ${id})`
  return [insertion]
}
