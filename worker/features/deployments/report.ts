import { z } from '@hono/zod-openapi'
import { reportedText, reportedTime } from '../../platform/reported.ts'
import { isRunKey } from '../access/token.ts'
import { StateName } from '../states/schema.ts'
import { Deployment, DeploymentStatus, Operation } from './schema.ts'

/** What a recorder reports of its run. Values that it does not know are left out, or null. */

const repository = z
  .string()
  .max(200)
  .regex(/^[\w.-]+\/[\w.-]+$/, { error: 'A repository is named owner/name.' })
const commit = z.string().regex(/^[0-9a-f]{7,64}$/, { error: 'A commit is 7 to 64 hexadecimal digits.' })
const task = z
  .string()
  .max(200)
  .regex(/^(?:[\w.-]+\/[\w.-]+#|#?)\d{1,10}$/, { error: 'A task is a number like 12, or octo/site#12.' })
const traceparent = z
  .string()
  .regex(/^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}/, {
    error: 'This is no W3C traceparent.',
  })
  .max(200)

/** What may become known after the run has begun. */
const source = {
  repository: repository.nullish().openapi({ example: 'octo/site' }),
  branch: reportedText(500).nullish(),
  commit_sha: commit.nullish(),
  dirty: z.boolean().nullish().openapi({ description: 'Whether the working tree differs from the commit.' }),
  task: task.nullish().openapi({ description: 'A number in the repository, or `octo/site#12`.' }),
  tool: z.enum(['terraform', 'opentofu']).nullish(),
  terraform_version: reportedText(100).nullish(),
}

export const NewRun = z
  .strictObject({
    run: z
      .string()
      .refine(isRunKey, { error: 'A run key is `run-` and 32 hexadecimal digits.' })
      .openapi({
        description: 'The name that the recorder chose for its run: 128 random bits, shown nowhere.',
        example: `run-${'0123456789abcdef'.repeat(2)}`,
      }),
    operation: Operation,
    state: StateName.nullish().openapi({ description: 'If it is known; a lock that the run takes tells it, too.' }),
    command: reportedText(4000).min(1).openapi({ example: 'terraform apply' }),
    actor: reportedText(500).min(1).openapi({ example: 'alice@laptop' }),
    working_directory: reportedText(4000).nullish(),
    environment: reportedText(200).nullish(),
    traceparent: traceparent.nullish(),
    started_at: reportedTime,
    ...source,
  })
  .openapi('NewRun')
export type NewRun = z.infer<typeof NewRun>

export const BegunRun = z
  .object({
    deployment: Deployment,
    run_token: z.string().nullable().openapi({
      description: "A token for the run's state alone, shown this once; null without a state or the scope for it.",
    }),
    run_token_expires_at: z.iso.datetime().nullable(),
    expected_ms: z.int().nullable(),
  })
  .openapi('BegunRun')

export const RunReport = z
  .strictObject({
    status: DeploymentStatus.exclude(['pending']).optional(),
    exit_code: z.int().min(-1).max(1_000_000).nullish(),
    reason: reportedText(2000).nullish(),
    duration_ms: z.int().min(0).max(10_000_000_000).nullish(),
    ...source,
  })
  .openapi('RunReport')
export type RunReport = z.infer<typeof RunReport>

/** The trace that a traceparent belongs to. */
export function traceIn(parent: string | null | undefined): string | null {
  return parent?.split('-')[1] ?? null
}
