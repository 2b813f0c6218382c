import { z } from '@hono/zod-openapi'
import { reportedText, reportedTime } from '../../platform/reported.ts'

/** What a recorder reports while its run goes on, one JSON object for each line of a body. */

const count = z.int().min(0).max(2_000_000_000)
const operation = z.int().min(1).max(50)
const n = z.int().min(1).max(100_000)
const address = reportedText(4000).min(1)
const at = reportedTime

const LogEvent = z.strictObject({
  type: z.literal('log'),
  line: z.int().min(1).max(2_000_000_000),
  operation,
  stream: z.enum(['stdout', 'stderr']),
  // Secrets are sought over several lines at once, so not here.
  text: z
    .string()
    .max(65_536)
    .refine((text) => !text.includes('\0'), { error: 'The text holds a NUL character.' }),
  at,
})
export type LogEvent = z.infer<typeof LogEvent>

const common = {
  type: z.literal('operation'),
  operation,
  kind: z.string().regex(/^[a-z-]{1,40}$/, { error: 'A kind is a word like plan or state-rm.' }),
  at,
}
const OperationEvent = z.discriminatedUnion('status', [
  z.strictObject({ ...common, status: z.literal('in_progress') }),
  z.strictObject({
    ...common,
    status: z.enum(['success', 'failed', 'canceled']),
    exit_code: z.int().min(-1).max(1_000_000).nullish(),
    duration_ms: z.int().min(0).max(10_000_000_000),
    summary: z.strictObject({ add: count, change: count, remove: count, import: count }).nullish(),
  }),
])
export type OperationEvent = z.infer<typeof OperationEvent>

const ResourceEvent = z.strictObject({
  type: z.literal('resource'),
  operation,
  address,
  action: z.enum(['create', 'update', 'delete', 'replace', 'read', 'import', 'move', 'forget']),
  status: z.enum(['in_progress', 'success', 'failed']),
  elapsed_ms: count.nullish(),
  at,
})
export type ResourceEvent = z.infer<typeof ResourceEvent>

const DiagnosticEvent = z.strictObject({
  type: z.literal('diagnostic'),
  operation,
  n,
  severity: z.enum(['error', 'warning']),
  summary: reportedText(65_536),
  detail: reportedText(65_536),
  address: address.nullish(),
  at,
})
export type DiagnosticEvent = z.infer<typeof DiagnosticEvent>

const NoteEvent = z.strictObject({
  type: z.literal('note'),
  n,
  kind: z.enum(['approval_asked', 'approved', 'declined', 'interrupted', 'killed', 'gap', 'context']),
  detail: reportedText(65_536),
  at,
})
export type NoteEvent = z.infer<typeof NoteEvent>

export const RunEvent = z
  .discriminatedUnion('type', [LogEvent, OperationEvent, ResourceEvent, DiagnosticEvent, NoteEvent])
  .openapi('RunEvent')
export type RunEvent = z.infer<typeof RunEvent>
