import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'

export const FlowKind = z.enum(['create-project', 'delete-project', 'deploy-content', 'rollback', 'setup-github-ci'])
export type FlowKind = z.infer<typeof FlowKind>

export const RunStatus = z
  .enum(['queued', 'running', 'undoing', 'success', 'failed'])
  .openapi({ description: 'undoing: a step failed, and what the run has made is being taken away again.' })
export type RunStatus = z.infer<typeof RunStatus>

export const StepStatus = z.enum(['pending', 'running', 'done', 'undone', 'failed'])
export type StepStatus = z.infer<typeof StepStatus>

export const FlowStep = z
  .object({
    n: z.int().openapi({ description: 'Its number in the run, from 1.' }),
    name: z.string().openapi({ example: 'd1 shop-db' }),
    status: StepStatus,
    attempts: z.int().openapi({ description: 'How often it failed in a way that may pass.' }),
    error: z.string().nullable(),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi('FlowStep')
export type FlowStep = z.infer<typeof FlowStep>

export const FlowRun = z
  .object({
    id: z.string().openapi({ example: 'flow-000000001' }),
    kind: FlowKind,
    project: z.string(),
    status: RunStatus,
    actor: z.string(),
    deployment: z.string().nullable().openapi({ example: 'deploy-2026-11-21-001' }),
    result: z.unknown().openapi({ description: 'What the call answers once the run has succeeded; else null.' }),
    error: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi('FlowRun')
export type FlowRun = z.infer<typeof FlowRun>

export const FlowRunWithSteps = FlowRun.extend({ steps: z.array(FlowStep) }).openapi('FlowRunWithSteps')
export type FlowRunWithSteps = z.infer<typeof FlowRunWithSteps>

export const RunQuery = z.strictObject({
  ...paging,
  project: z.string().min(1).max(63).optional(),
  status: RunStatus.optional(),
})
export type RunQuery = z.infer<typeof RunQuery>

/** What a project may own, in the words of the policies. */
export const ResourceKind = z.enum(['script', 'd1', 'kv', 'r2', 'queue'])
export type ResourceKind = z.infer<typeof ResourceKind>

export const ProjectResource = z
  .object({
    kind: ResourceKind,
    binding: z.string().openapi({ description: 'Empty for the script.' }),
    name: z.string().openapi({ example: 'shop-db' }),
    id: z.string().nullable().openapi({ description: 'How Cloudflare calls it; null until it is known to be there.' }),
    origin: z
      .enum(['created', 'adopted'])
      .openapi({ description: 'adopted: the script bound it already; deleting the project leaves it.' }),
  })
  .openapi('ProjectResource')
export type ProjectResource = z.infer<typeof ProjectResource>

/** A project as its flows leave it. */
export const Project = z
  .object({
    project: z.string().openapi({ example: 'shop' }),
    url: z.string().nullable().openapi({ example: 'https://shop.example.workers.dev' }),
    resources: z.array(ProjectResource),
    secrets: z.array(z.string()).openapi({ description: 'Names of the secrets that the script binds.' }),
    configuration: z
      .record(z.string(), z.unknown())
      .openapi({ description: 'What wrangler’s file says of it; without values of secrets.' }),
  })
  .openapi('Project')
export type Project = z.infer<typeof Project>
