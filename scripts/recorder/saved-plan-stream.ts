import { memberOf, parseJson } from './members.ts'

/** What the apply of a saved plan repeats, where an apply of its own would not. */
const repeated = new Set<unknown>(['version', 'planned_change'])

/** Leaves out of a `-json` stream what the plan has told before. Bytes stay as they are. */
export class SavedPlanStream {
  #rest = ''

  push(bytes: Buffer): Buffer {
    // One character per byte, so that nothing is lost.
    const lines = (this.#rest + bytes.toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    return Buffer.from(lines.flatMap((line) => (isRepeated(line) ? [] : [`${line}\n`])).join(''), 'latin1')
  }

  end(): Buffer {
    const rest = this.#rest
    this.#rest = ''
    return Buffer.from(rest, 'latin1')
  }
}

function isRepeated(line: string): boolean {
  return /"type":"(?:version|planned_change)"/.test(line) && repeated.has(memberOf(parseJson(line), 'type'))
}
