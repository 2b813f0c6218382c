import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { isPeriod, moment } from '../../platform/period.ts'

export const DeploymentStatus = z.enum(['pending', 'in_progress', 'success', 'failed', 'canceled', 'abandoned'])

export const Operation = z.enum([
  'plan',
  'apply',
  'destroy',
  'refresh',
  'import',
  'console',
  'state-rm',
  'state-mv',
  'state-push',
  'taint',
  'untaint',
  'migrate',
  'create',
  'update',
  'delete',
  'other',
])

export const Deployment = z
  .object({
    id: z.string().openapi({ example: 'deploy-2026-11-21-001' }),
    source: z.enum(['observed', 'recorded', 'flow']),
    state: z.string().nullable(),
    operation: Operation,
    status: DeploymentStatus,
    inferred: z
      .boolean()
      .openapi({ description: 'The outcome was concluded from what the client did, not reported by it.' }),
    reason: z.string().nullable(),
    actor: z.string().nullable(),
    credential: z.string().nullable(),
    terraform_version: z.string().nullable(),
    environment: z.string().nullable(),
    branch: z.string().nullable(),
    commit_sha: z.string().nullable(),
    resources_created: z.int(),
    resources_updated: z.int(),
    resources_deleted: z.int(),
    resources_imported: z.int(),
    resources_forgotten: z.int(),
    resource_count: z.int().nullable(),
    writes: z.int(),
    started_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    duration_ms: z.int().nullable().openapi({ description: 'Null while it runs.' }),
  })
  .openapi('Deployment')
export type Deployment = z.infer<typeof Deployment>

export const TerraformOperation = z
  .object({
    kind: z.string(),
    status: DeploymentStatus,
    exit_code: z.int().nullable(),
    to_add: z.int().nullable(),
    to_change: z.int().nullable(),
    to_destroy: z.int().nullable(),
    to_import: z.int().nullable(),
    added: z.int(),
    changed: z.int(),
    destroyed: z.int(),
    imported: z.int(),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi('TerraformOperation')

const name = z.string().min(1).max(200)

export const DeploymentQuery = z
  .strictObject({
    ...paging,
    status: DeploymentStatus.optional(),
    state: name.optional().openapi({ description: "The state's name." }),
    operation: Operation.optional(),
    actor: name.optional(),
    from: moment.optional().openapi({ description: 'Started at this time or later.' }),
    to: moment.optional().openapi({ description: 'Started before this time.' }),
  })
  .refine(isPeriod, { path: ['to'], error: 'The time `to` must be after `from`.' })
export type DeploymentQuery = z.infer<typeof DeploymentQuery>
