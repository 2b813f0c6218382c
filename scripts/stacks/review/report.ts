import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { redactPlan } from '../../../worker/features/deployments/plan-record.ts'
import { Secrets } from '../../../worker/platform/redact.ts'
import { Refusal } from '../../embedded/refusal.ts'

/** A plan as it is recorded, without secrets. A record that was made before comes out as it is, and with its types. */
export const Record = z.unknown().transform((raw) => redactPlan(raw, new Secrets()))

const Deployment = z.object({ id: z.string(), url: z.string() })

/** What the recorder says of a plan. */
const Recorded = z.object({
  deployment: Deployment.nullable(),
  plan: z.object({ digest: z.string(), record: Record }).nullable(),
})

/** What planning a stack came to, for whoever tells people of it. */
export const StackReport = Recorded.extend({
  stack: z.string(),
  /** The name of its state. */
  state: z.string(),
  outcome: z.enum(['changes', 'unchanged', 'failed']),
  /** Why it failed. */
  reason: z.string().nullable(),
})
export type StackReport = z.infer<typeof StackReport>

export const Reports = z.array(StackReport)

/** Reads what a script has written. @throws Refusal for what is no such file */
export function readFrom<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(attempt(file))
  if (parsed.success) return parsed.data
  throw new Refusal(`${file} is no report of a plan: ${z.prettifyError(parsed.error)}`)
}

/** What the recorder has told a file, which it may have been unable to write. */
export function readRecorded(file: string): z.infer<typeof Recorded> {
  return existsSync(file) ? readFrom(file, Recorded) : { deployment: null, plan: null }
}

function attempt(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Refusal(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
