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
    tool: z.enum(['terraform', 'opentofu']).nullable(),
    command: z.string().nullable().openapi({ description: 'As it was typed, secrets hidden.' }),
    working_directory: z.string().nullable(),
    repository: z.string().nullable().openapi({ example: 'octo/site' }),
    dirty: z.boolean().nullable().openapi({ description: 'Whether the working tree differed from the commit.' }),
    task: z.string().nullable().openapi({ example: 'octo/site#12' }),
    exit_code: z.int().nullable(),
    expected_ms: z
      .int()
      .nullable()
      .openapi({ description: 'The median of the last five such runs that succeeded, as it began.' }),
    resources_created: z.int(),
    resources_updated: z.int(),
    resources_deleted: z.int(),
    resources_imported: z.int(),
    resources_forgotten: z.int(),
    resource_count: z.int().nullable(),
    writes: z.int(),
    started_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    reported_at: z.iso.datetime().nullable().openapi({ description: 'When its recorder was heard of last.' }),
    finished_at: z.iso.datetime().nullable(),
    duration_ms: z.int().nullable().openapi({ description: 'Null while it runs.' }),
  })
  .openapi('Deployment')
export type Deployment = z.infer<typeof Deployment>

export const Diagnostic = z
  .object({
    n: z.int(),
    severity: z.enum(['error', 'warning']),
    summary: z.string(),
    detail: z.string(),
    address: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .openapi('Diagnostic')

const count = z.int().nullable()

export const TerraformOperation = z
  .object({
    n: z.int().openapi({ description: 'Its number in the run.' }),
    kind: z.string(),
    status: DeploymentStatus,
    exit_code: count,
    duration_ms: count,
    to_add: count,
    to_change: count,
    to_destroy: count,
    to_import: count,
    to_move: count,
    to_forget: count,
    drifted: count,
    added: z.int(),
    changed: z.int(),
    destroyed: z.int(),
    imported: z.int(),
    plan: z
      .object({
        format_version: z.string(),
        known: z.boolean().openapi({ description: 'False when the format is newer than what is understood here.' }),
        digest: z.string().openapi({ description: 'Equal for plans that would change the same.' }),
      })
      .nullable(),
    diagnostics: z
      .array(Diagnostic)
      .openapi({ description: 'The first 200, errors before warnings if there are more.' }),
    more_diagnostics: z.int(),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi('TerraformOperation')
export type TerraformOperation = z.infer<typeof TerraformOperation>

const name = z.string().min(1).max(200)

export const DeploymentQuery = z
  .strictObject({
    ...paging,
    status: DeploymentStatus.optional(),
    state: name.optional().openapi({ description: "The state's name." }),
    operation: Operation.optional(),
    actor: name.optional(),
    credential: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .openapi({ description: 'The name of the token; of a run of Actions `github:<owner>/<repository>@<ref>`.' }),
    from: moment.optional().openapi({ description: 'Started at this time or later.' }),
    to: moment.optional().openapi({ description: 'Started before this time.' }),
  })
  .refine(isPeriod, { path: ['to'], error: 'The time `to` must be after `from`.' })
export type DeploymentQuery = z.infer<typeof DeploymentQuery>

/** A deployment in a path. */
export const params = z.object({ id: z.string().max(100).openapi({ example: 'deploy-2026-11-21-001' }) })
