import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { isPeriod, moment } from '../../platform/period.ts'

/** Every mutation there is. A feature that brings a new one adds it here; one that was ever written stays. */
export const Action = z
  .enum([
    'token.create',
    'token.delete',
    /** The identity of a run of GitHub Actions, for a token that is lent. */
    'token.exchange',
    /** A version was accepted. Locks and unlocks that succeed are runs, so these two stand for refused ones only. */
    'state.write',
    'state.lock',
    'state.unlock',
    'state.force_write',
    'state.force_unlock',
    'state.rollback',
    'state.delete',
    'deployment.create',
    'deployment.update',
    'deployment.plan',
    /** A batch of lines and events. What is accepted has rows of its own, so this one stands for refused ones only. */
    'deployment.report',
    /** A one-time ticket for a script's live log. */
    'logs.ticket',
    'logs.settings',
    'policy.create',
    'policy.update',
    'policy.delete',
    /** Tokens of Cloudflare's that are lent. The clock ends one (`lease.end`), and finishes what broke off. */
    'lease.create',
    'lease.renew',
    'lease.roll',
    'lease.revoke',
    'lease.end',
    /** A call of Cloudflare's API through the gateway, by what it does there. */
    'gateway.read',
    'gateway.write',
    /** A run of a flow was accepted, or ended without having done what it was to do. */
    'flow.create_project',
    'flow.delete_project',
    'flow.deploy_content',
    'flow.rollback_project',
    'flow.setup_ci',
  ])
  .openapi('AuditAction')
export type Action = z.infer<typeof Action>

export const Outcome = z.enum(['success', 'refused', 'failed'])

/** Who did what to what, from where, and how it ended. */
export const Act = z
  .object({
    id: z.string().openapi({ example: 'aud-000000001' }),
    at: z.iso.datetime(),
    actor: z.string().openapi({ description: "The token's name." }),
    token_id: z
      .string()
      .nullable()
      .openapi({ description: "The token's id, since names repeat; null for the owner's, and for who had none." }),
    action: z.string().openapi({ example: 'token.create' }),
    subject: z.string(),
    outcome: Outcome,
    request_id: z.string().nullable(),
    address: z.string().nullable(),
    changed: z.array(z.string()).openapi({ description: 'Names of the fields that changed, never their values.' }),
    detail: z.record(z.string(), z.unknown()),
  })
  .openapi('Act')
export type Act = z.infer<typeof Act>

const name = z.string().min(1).max(500)

export const ActQuery = z
  .strictObject({
    ...paging,
    actor: name.optional(),
    action: Action.optional(),
    subject: name.optional().openapi({ description: 'What it was done to: the name of a token or a state, an id.' }),
    outcome: Outcome.optional(),
    from: moment.optional().openapi({ description: 'Done at this time or later.' }),
    to: moment.optional().openapi({ description: 'Done before this time.' }),
  })
  .refine(isPeriod, { path: ['to'], error: 'The time `to` must be after `from`.' })
export type ActQuery = z.infer<typeof ActQuery>

const Reason = z.enum(['edited', 'deleted', 'reordered', 'inserted', 'unanchored'])
export type Reason = z.infer<typeof Reason>

export const Break = z
  .object({
    id: z
      .string()
      .nullable()
      .openapi({ description: 'The first row that is not as it was sealed; null when only the seal is.' }),
    seal: z.int().nullable().openapi({ description: 'The seal it belongs to; null for a row that none covers.' }),
    reason: Reason,
    detail: z.string(),
  })
  .openapi('AuditBreak')
export type Break = z.infer<typeof Break>

export const Verification = z
  .object({
    verified: z.boolean().openapi({ description: 'Nothing is broken as far as this call looked: see `next`.' }),
    rows: z.int().openapi({ description: 'Sealed rows that this call compared.' }),
    seals: z.int(),
    unsealed: z.int().nullable().openapi({ description: 'Rows that wait for the next minute; null before the end.' }),
    head: z
      .object({ number: z.int(), hash: z.string(), sealed_at: z.iso.datetime() })
      .nullable()
      .openapi({ description: 'The newest seal.' }),
    first_broken: Break.nullable(),
    next: z
      .string()
      .nullable()
      .openapi({ description: 'The `cursor` to go on with, or null at the end and at a break.' }),
  })
  .openapi('AuditVerification')
