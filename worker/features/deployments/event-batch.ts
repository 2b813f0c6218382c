import { jsonLines, lineProblem } from '../../platform/body.ts'
import type { Moment } from '../../platform/clock.ts'
import { shownTime } from '../../platform/reported.ts'
import { RunEvent } from './event.ts'
import type { DiagnosticEvent, LogEvent, NoteEvent, OperationEvent, ResourceEvent } from './event.ts'
import { LineRedaction } from './log-redaction.ts'

/** A body of events, sorted by what becomes of them. */
export type EventBatch = {
  /** The number of the first line of output, or null when there is none; the others follow it without a gap. */
  readonly firstLine: number | null
  readonly lines: number
  /** The lines as newline-delimited JSON, secrets hidden. */
  readonly log: string
  readonly operations: readonly OperationEvent[]
  readonly resources: readonly ResourceEvent[]
  readonly diagnostics: readonly DiagnosticEvent[]
  readonly notes: readonly NoteEvent[]
}

/** Reads a body of events. @throws Problem (invalid-request) that names the first line that is none */
export function readEvents(body: Uint8Array, at: Moment): EventBatch {
  const log = new LogLines(at)
  const operations: OperationEvent[] = []
  const resources: ResourceEvent[] = []
  const diagnostics: DiagnosticEvent[] = []
  const notes: NoteEvent[] = []
  for (const { line, value } of jsonLines(body)) {
    const event = eventIn(value, line)
    if (event.type === 'log') log.add(event, line)
    else if (event.type === 'operation') operations.push(event)
    else if (event.type === 'resource') resources.push(event)
    else if (event.type === 'diagnostic') diagnostics.push(event)
    else notes.push(event)
  }
  return { ...log.told(), operations, resources, diagnostics, notes }
}

function eventIn(value: unknown, line: number): RunEvent {
  const parsed = RunEvent.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const isType = issue?.code === 'invalid_union' && issue.path[0] === 'type'
  const what = isType ? 'There is no such type of event.' : (issue?.message ?? 'It is no event.')
  throw lineProblem(line, issue && issue.path.length > 0 ? `/${issue.path.join('/')}: ${what}` : what)
}

class LogLines {
  readonly #at: Moment
  readonly #redaction = new LineRedaction()
  readonly #rows: string[] = []
  #first: number | null = null

  constructor(at: Moment) {
    this.#at = at
  }

  add(event: LogEvent, bodyLine: number): void {
    this.#first ??= event.line
    const wanted = this.#first + this.#rows.length
    if (event.line !== wanted) {
      throw lineProblem(bodyLine, `/line: Lines of one batch follow each other: ${wanted} is next, not ${event.line}.`)
    }
    const { line, operation, stream, text } = event
    const shown = this.#redaction.hide(`${operation} ${stream}`, text.toWellFormed())
    this.#rows.push(JSON.stringify({ line, operation, stream, text: shown, at: shownTime(event.at, this.#at) }))
  }

  told() {
    return { firstLine: this.#first, lines: this.#rows.length, log: this.#rows.map((row) => `${row}\n`).join('') }
  }
}
