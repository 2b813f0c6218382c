import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readYaml } from '../../localcloud/github/actions/yaml.ts'

const Env = z.record(z.string(), z.coerce.string()).default({})
const Texts = z.union([z.array(z.string()), z.string().transform((text) => [text])]).default([])

const Step = z.strictObject({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).default({}),
  run: z.string().optional(),
  shell: z.literal('bash').optional(),
  env: Env,
})
export type Step = z.infer<typeof Step>

const Job = z.strictObject({
  needs: Texts,
  if: z.string().optional(),
  'runs-on': z.string(),
  'timeout-minutes': z.number(),
  environment: z.string().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  outputs: z.record(z.string(), z.string()).default({}),
  strategy: z
    .strictObject({
      'fail-fast': z.boolean().default(true),
      'max-parallel': z.number().optional(),
      matrix: z.record(z.string(), z.string()),
    })
    .optional(),
  concurrency: z
    .strictObject({ group: z.string(), 'cancel-in-progress': z.boolean(), queue: z.string().optional() })
    .optional(),
  steps: z.array(Step),
})
export type Job = z.infer<typeof Job>

const Workflow = z.strictObject({
  name: z.string(),
  on: z.unknown(),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), Job),
})
export type Workflow = z.infer<typeof Workflow>

export const workflows = ['plan', 'apply', 'drift'] as const

/** A workflow of `.github/workflows/` in a folder; a key that is not expected here is an error. */
export function readWorkflowIn(folder: string, name: string): Workflow {
  return Workflow.parse(readYaml(readFileSync(join(folder, `.github/workflows/${name}.yml`), 'utf8')))
}
