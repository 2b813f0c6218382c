import type { Action } from './plan-change.ts'
import { memberOf } from './plan-masks.ts'

/** What is told of a resource while it is changed. A replacement is told as a deletion and a creation. */
export type ResourceEvent = {
  readonly type: 'resource'
  readonly address: string
  readonly action: Exclude<Action, 'no-op'>
  readonly status: 'in_progress' | 'success' | 'failed'
  readonly elapsed_ms?: number
}

export type DiagnosticEvent = {
  readonly type: 'diagnostic'
  readonly severity: 'error' | 'warning'
  readonly summary: string
  readonly detail: string
  readonly address?: string
}

/** How many resources are to be changed, or have been. */
export type SummaryEvent = {
  readonly type: 'summary'
  readonly operation: 'plan' | 'apply' | 'destroy'
  readonly summary: { readonly add: number; readonly change: number; readonly remove: number; readonly import: number }
}

/** What a plan says of a resource, or, as `drift`, what was changed outside Terraform. */
export type PlannedEvent = {
  readonly type: 'planned' | 'drift'
  readonly address: string
  readonly action: Action
  readonly previous_address?: string
}

export type NoteEvent = {
  readonly type: 'note'
  readonly kind: 'approval_asked' | 'approved' | 'declined' | 'interrupted'
  readonly detail: string
}

export type VersionEvent = {
  readonly type: 'version'
  readonly tool: 'terraform' | 'opentofu'
  readonly version: string
}

/** Of a text of a diagnostic, so many characters are kept. */
export const longestText = 60_000

/** What one line of output tells. Its texts may hold secrets. */
export type StreamEvent = ResourceEvent | DiagnosticEvent | SummaryEvent | PlannedEvent | NoteEvent | VersionEvent

/** What a line of `-json` output says to people, and what it tells; null for any other line. */
export function jsonLine(text: string): { readonly message: string; readonly events: readonly StreamEvent[] } | null {
  if (!text.startsWith('{') || !text.includes('"@message"')) return null
  const line = parsed(text)
  const [message, module, type] = ['@message', '@module', 'type'].map((name) => memberOf(line, name))
  if (typeof message !== 'string' || (module !== 'terraform.ui' && module !== 'tofu.ui')) return null
  const event = readers.get(String(type))?.(line, message)
  return { message, events: event ? [event] : [] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

type Reader = (line: unknown, message: string) => StreamEvent | null

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['version', versionEvent],
  ['planned_change', (line) => plannedEvent('planned', line)],
  ['resource_drift', (line) => plannedEvent('drift', line)],
  ['apply_start', (line) => resourceEvent('in_progress', line)],
  ['apply_progress', (line) => resourceEvent('in_progress', line)],
  ['apply_complete', (line) => resourceEvent('success', line)],
  ['apply_errored', (line) => resourceEvent('failed', line)],
  ['change_summary', summaryEvent],
  ['diagnostic', diagnosticEvent],
  ['log', (_, message) => interruption(message.trim())],
])

function versionEvent(line: unknown): StreamEvent | null {
  for (const [tool, name] of [
    ['terraform', 'terraform'],
    ['opentofu', 'tofu'],
  ] as const) {
    const version = memberOf(line, name)
    if (typeof version === 'string') return { type: 'version', tool, version }
  }
  return null
}

/** Where the words of the stream are others than those of a plan. */
const actions: ReadonlyMap<unknown, Action> = new Map<unknown, Action>([
  ...(['create', 'read', 'update', 'replace', 'delete', 'import', 'move'] as const).map(
    (word) => [word, word] as const,
  ),
  ['remove', 'forget'],
  ['forget', 'forget'],
  ['noop', 'no-op'],
])

function plannedEvent(type: 'planned' | 'drift', line: unknown): StreamEvent | null {
  const change = memberOf(line, 'change')
  const address = memberOf(memberOf(change, 'resource'), 'addr')
  const previous = memberOf(memberOf(change, 'previous_resource'), 'addr')
  const action = actions.get(memberOf(change, 'action'))
  if (typeof address !== 'string' || !action) return null
  return { type, address, action, ...(typeof previous === 'string' ? { previous_address: previous } : {}) }
}

function resourceEvent(status: ResourceEvent['status'], line: unknown): StreamEvent | null {
  const hook = memberOf(line, 'hook')
  const address = memberOf(memberOf(hook, 'resource'), 'addr')
  const action = actions.get(memberOf(hook, 'action'))
  const seconds = memberOf(hook, 'elapsed_seconds')
  if (typeof address !== 'string' || !action || action === 'no-op') return null
  const elapsed = typeof seconds === 'number' ? { elapsed_ms: Math.round(seconds * 1000) } : {}
  return { type: 'resource', address, action, status, ...elapsed }
}

const operations = ['plan', 'apply', 'destroy'] as const

function summaryEvent(line: unknown): StreamEvent | null {
  const changes = memberOf(line, 'changes')
  const operation = operations.find((name) => name === memberOf(changes, 'operation'))
  const count = (name: string) => {
    const value = memberOf(changes, name)
    return typeof value === 'number' ? value : 0
  }
  if (!operation) return null
  const summary = { add: count('add'), change: count('change'), remove: count('remove'), import: count('import') }
  return { type: 'summary', operation, summary }
}

function diagnosticEvent(line: unknown): StreamEvent | null {
  const diagnostic = memberOf(line, 'diagnostic')
  const text = (name: string) => {
    const value = memberOf(diagnostic, name)
    return typeof value === 'string' ? value.slice(0, longestText) : ''
  }
  const severity = text('severity') === 'error' ? 'error' : 'warning'
  const [summary, detail, address] = [text('summary'), text('detail'), text('address')]
  if (summary === '' && detail === '') return null
  return { type: 'diagnostic', severity, summary, detail, ...(address === '' ? {} : { address }) }
}

/** Terraform's notices that it was interrupted, once and twice. */
export function interruption(text: string): NoteEvent | null {
  const notice = /^(?:Interrupt received\.|Two interrupts received\..*)/.exec(text)
  return notice && { type: 'note', kind: 'interrupted', detail: notice[0] }
}
