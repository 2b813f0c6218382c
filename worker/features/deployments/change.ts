import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'

export const ChangeAction = z.enum([
  'create',
  'update',
  'delete',
  'replace',
  'read',
  'import',
  'move',
  'forget',
  'taint',
  'untaint',
  'other',
])

const StepStatus = z.enum(['in_progress', 'success', 'failed'])

/** What was done to a resource, by action: a replacement is a deletion and a creation. */
export const Steps = z.record(z.string(), z.object({ status: StepStatus, ms: z.int().optional() }))
type Steps = z.infer<typeof Steps>

/** What a plan would do to a resource, or found of it, and what became of it. */
export const PlannedChange = z
  .object({
    kind: z.enum(['change', 'drift']).openapi({ description: 'drift: what somebody else changed, as the plan found.' }),
    address: z.string(),
    deposed: z.string().nullable().openapi({ description: 'The key of an object that a replacement left over.' }),
    previous_address: z.string().nullable(),
    type: z.string(),
    provider: z.string().nullable(),
    action: ChangeAction,
    reason: z.string().nullable().openapi({ example: 'replace_because_cannot_update' }),
    importing: z.string().nullable().openapi({ description: 'The id by which it is imported.' }),
    status: StepStatus.nullable(),
    elapsed_ms: z.int().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    after_unknown: z.unknown(),
    replace_paths: z.array(z.unknown()).nullable(),
    truncated: z.boolean().openapi({ description: 'A side was too large to list; the plan itself holds it.' }),
  })
  .openapi('PlannedChange')
export type PlannedChange = z.infer<typeof PlannedChange>

export const ChangeQuery = z.strictObject({
  ...paging,
  action: ChangeAction.optional(),
  address: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .openapi({ description: 'An address, or the beginning of some and `*`.', example: 'module.network.*' }),
})
export type ChangeQuery = z.infer<typeof ChangeQuery>

/** What became of a change: it failed if a step did, and is done when all its steps are. */
export function outcomeOf(action: string, steps: Steps | null) {
  const all = Object.values(steps ?? {})
  if (all.length === 0) return { status: null, elapsed_ms: null }
  const times = all.flatMap(({ ms }) => ms ?? [])
  const wanted = action === 'replace' && steps?.['replace'] === undefined ? 2 : 1
  const isDone = all.length >= wanted && all.every(({ status }) => status === 'success')
  const hasFailed = all.some(({ status }) => status === 'failed')
  return {
    status: hasFailed ? ('failed' as const) : isDone ? ('success' as const) : ('in_progress' as const),
    elapsed_ms: times.length === 0 ? null : times.reduce((sum, ms) => sum + ms, 0),
  }
}
