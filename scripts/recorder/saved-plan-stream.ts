import { memberOf, parseJson } from './members.ts'
import type { Filter } from './terraform.ts'

/** How the apply of a saved plan is to be told: as the call would have told it that plans and applies at once. */
export type Telling = { readonly isJson: boolean; readonly isDestroy: boolean }

/** Changes the few lines that differ; undefined when none do. All other bytes stay as they are. */
export function savedPlanFilter({ isJson, isDestroy }: Telling): Filter | undefined {
  if (isJson) return new JsonLines(isDestroy)
  return isDestroy ? new DestroyText() : undefined
}

/** What the plan has told before. */
const repeated = new Set<unknown>(['version', 'planned_change'])
const jsonSummary = /"@message":"Apply complete! Resources: [\d a-z,]*?(\d+) destroyed\."/

/** Leaves out what the plan has told, and the outputs that `destroy` does not tell. */
class JsonLines implements Filter {
  readonly #isDestroy: boolean
  #rest = ''

  constructor(isDestroy: boolean) {
    this.#isDestroy = isDestroy
  }

  push(bytes: Buffer): Buffer {
    // One character per byte, so that nothing is lost.
    const lines = (this.#rest + bytes.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    return Buffer.from(lines.map((line) => this.#told(line)).join(''), 'latin1')
  }

  end(): Buffer {
    return Buffer.from(this.#rest, 'latin1')
  }

  #told(line: string): string {
    if (!/"type":"(?:version|planned_change|outputs|change_summary)"/.test(line)) return `${line}\n`
    const type = memberOf(parseJson(line), 'type')
    if (repeated.has(type) || (this.#isDestroy && type === 'outputs')) return ''
    if (!this.#isDestroy || type !== 'change_summary') return `${line}\n`
    const message = line.replace(jsonSummary, '"@message":"Destroy complete! Resources: $1 destroyed."')
    return `${message.replace('"operation":"apply"', '"operation":"destroy"')}\n`
  }
}

const beginning = 'Apply complete! Resources: '
const summary = /(?<=^|\n)Apply complete! Resources: [\d a-z,]*?(\d+) destroyed\.\n/
// oxlint-disable-next-line no-control-regex
const outputs = /(\u001B\[0m)?(?:\u001B\[\d+m)*\nOutputs:\n[\s\S]*$/

/** Tells the end as `destroy` does: in its words, and without the outputs that are left. */
class DestroyText implements Filter {
  #rest = ''
  #isOver = false

  push(bytes: Buffer): Buffer {
    const text = this.#rest + bytes.toString('latin1')
    const found = this.#isOver ? null : summary.exec(text)
    if (found) this.#isOver = true
    const end = found ? found.index + found[0].length : this.#isOver ? 0 : endOfCertain(text)
    this.#rest = text.slice(end)
    const shown = text.slice(0, end).replace(summary, 'Destroy complete! Resources: $1 destroyed.\n')
    return Buffer.from(shown, 'latin1')
  }

  end(): Buffer {
    return Buffer.from(this.#isOver ? this.#rest.replace(outputs, '$1') : this.#rest, 'latin1')
  }
}

/** The text goes out at once, but for a last line that may become the summary. */
function endOfCertain(text: string): number {
  const start = text.lastIndexOf('\n') + 1
  const last = text.slice(start)
  const mayBeSummary = last !== '' && (beginning.startsWith(last) || last.startsWith(beginning))
  return mayBeSummary ? start : text.length
}
