import { addressAt } from './address.ts'
import { DiagnosticReader } from './human-diagnostics.ts'
import { interruption } from './terraform-stream.ts'
import type { NoteEvent, ResourceEvent, StreamEvent, SummaryEvent } from './terraform-stream.ts'

const escape = String.fromCharCode(27)
const bell = String.fromCharCode(7)
const controls = new RegExp(
  String.raw`${escape}(?:\[[0-?]*[ -/]*[@-~]|\][^${bell}${escape}]*(?:${bell}|${escape}\\)?|[@-Z\\^_])`,
  'g',
)

/** A line without colours and other control sequences, and without its end. */
export function plainText(line: string): string {
  const text = line.includes(escape) ? line.replaceAll(controls, '') : line
  let end = text.length
  while (end > 0 && (text[end - 1] === '\r' || text[end - 1] === '\n')) end -= 1
  return text.slice(0, end)
}

/** Reads what Terraform and OpenTofu write for people, line by line. Each stream needs a reader of its own. */
export class HumanOutput {
  readonly #diagnostics = new DiagnosticReader()
  /** After an apply its outputs are listed; their texts may look like anything. */
  #outputs = false
  #heredoc: string | null = null
  #asked = false
  #last: ResourceEvent | null = null

  /** What a line tells, and a diagnostic that it ends. */
  line(text: string): StreamEvent[] {
    const line = plainText(text)
    if (this.#isInsideOutput(line)) return []
    const event = this.#imported(line) ?? resourceEvent(line) ?? summaryEvent(line) ?? this.#noteEvent(line)
    if (!event) return this.#diagnostics.line(line)
    this.#last = event.type === 'resource' ? event : this.#last
    return [...this.#diagnostics.end(), event]
  }

  /** What the end of the stream tells: the last diagnostic. */
  end(): StreamEvent[] {
    return this.#diagnostics.end()
  }

  #isInsideOutput(line: string): boolean {
    if (this.#heredoc !== null) {
      if (line.trim() === this.#heredoc) this.#heredoc = null
      return true
    }
    this.#outputs ||= line === 'Outputs:'
    if (this.#outputs) this.#heredoc = /<<-?(\w+)$/.exec(line)?.[1] ?? null
    return this.#heredoc !== null
  }

  /** The import command names the resource only when it begins. */
  #imported(line: string): ResourceEvent | null {
    const isSuccess = line === 'Import successful!' && this.#last?.action === 'import'
    return isSuccess && this.#last ? { ...this.#last, status: 'success' } : null
  }

  #noteEvent(line: string): NoteEvent | null {
    if (isQuestion(line)) {
      this.#asked = true
      return { type: 'note', kind: 'approval_asked', detail: line }
    }
    if (this.#asked && /^\s*Enter a value: yes$/.test(line)) {
      this.#asked = false
      return { type: 'note', kind: 'approved', detail: line.trim() }
    }
    if (/^(?:Apply|Destroy) cancelled\.$/.test(line)) return { type: 'note', kind: 'declined', detail: line }
    return interruption(line)
  }
}

function isQuestion(line: string): boolean {
  return /^(?:Do you (?:really )?want to (?:perform these actions|destroy all resources)|Would you like to update the \w+ state to reflect)/.test(
    line,
  )
}

const actions: ReadonlyMap<string, ResourceEvent['action']> = new Map([
  ['Creating', 'create'],
  ['Creation', 'create'],
  ['Modifying', 'update'],
  ['Modifications', 'update'],
  ['Destroying', 'delete'],
  ['Destruction', 'delete'],
  ['Reading', 'read'],
  ['Read', 'read'],
  ['Importing', 'import'],
  ['Import', 'import'],
])

/** What may stand behind an address: `Creating...`, `Still creating... [10s elapsed]`, `Creation complete after 3s [id=…]`. */
const tellings: readonly [RegExp, ResourceEvent['status']][] = [
  [/^(?<word>\w+)\.\.\.(?: \[|$)/, 'in_progress'],
  [/^(?<word>Importing) from ID "/, 'in_progress'],
  [/^Still (?<word>\w+)\.\.\. \[(?:.*, )?(?<time>\S+) elapsed\]$/, 'in_progress'],
  [/^(?<word>\w+) complete(?: after (?<time>\S+))?(?: \[|$)/, 'success'],
  [/^(?<word>\w+) errored(?: after (?<time>\S+))?(?: \[|$)/, 'failed'],
]

function resourceEvent(line: string): ResourceEvent | null {
  const address = addressAt(line)
  if (address === null) return null
  // An object that a replacement left over is told of under the address that it had.
  const text = /^(?: \(deposed object \w+\))?: (.*)$/.exec(line.slice(address.length))?.[1]
  const event = text === undefined ? null : told(text)
  return event && { type: 'resource', address, ...event }
}

function told(text: string): Pick<ResourceEvent, 'action' | 'status' | 'elapsed_ms'> | null {
  for (const [form, status] of tellings) {
    const { word = '', time = '' } = form.exec(text)?.groups ?? {}
    const action = actions.get(word.charAt(0).toUpperCase() + word.slice(1))
    const elapsed = milliseconds(time)
    if (action) return { action, status, ...(elapsed === null ? {} : { elapsed_ms: elapsed }) }
  }
  return null
}

const units: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
  ['µs', 0.001],
  ['ns', 0.000_001],
])

/** A duration as Go writes it, such as `1h2m3s`, in milliseconds; null for what is none. */
export function milliseconds(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|µs|ns))+$/.test(text)) return null
  const parts = text.matchAll(/([\d.]+)(\D+)/g)
  return Math.round([...parts].reduce((sum, [, count, unit = '']) => sum + Number(count) * (units.get(unit) ?? 0), 0))
}

const totals: readonly [RegExp, SummaryEvent['operation']][] = [
  [/^Plan: (?=\d+ to )/, 'plan'],
  [/^No changes\. /, 'plan'],
  [/^Apply complete! Resources: /, 'apply'],
  [/^Destroy complete! Resources: /, 'destroy'],
]

function summaryEvent(line: string): SummaryEvent | null {
  const operation = totals.find(([form]) => form.test(line))?.[1]
  if (!operation) return null
  const count = (word: string) => Number(new RegExp(`(\\d+) (?:to )?${word}`).exec(line)?.[1] ?? 0)
  const summary = { add: count('add'), change: count('change'), remove: count('destroy'), import: count('import') }
  return { type: 'summary', operation, summary }
}
