import { iso } from './clock.ts'
import type { Clock } from './clock.ts'
import { limits } from './limits.ts'
import type { Spool } from './spool.ts'

/** When a segment is closed: so many lines, so many characters, or so long after its first event. */
const most = { lines: 500, length: 256_000, ms: 1000 } as const

/** A line of output, to be recorded. */
export type Line = { readonly operation: number; readonly stream: 'stdout' | 'stderr'; readonly text: string }

/** Collects what happens into the batches in which the server takes it. Lines and notes are numbered over the run. */
export class Segments {
  readonly #spool: Spool
  readonly #clock: Clock
  readonly #onClosed: () => void
  #events: string[] = []
  #lines = 0
  #length = 0
  #timer: NodeJS.Timeout | null = null
  #nextSegment = 1
  #nextLine = 1
  #nextNumber = 1
  #lost = 0

  constructor(spool: Spool, clock: Clock, onClosed: () => void) {
    this.#spool = spool
    this.#clock = clock
    this.#onClosed = onClosed
  }

  addLine({ operation, stream, text }: Line, at: number): void {
    const line = this.#nextLine
    this.#nextLine += 1
    this.#lines += 1
    this.#push({ type: 'log', line, operation, stream, text, at: iso(at) })
    if (this.#lines >= most.lines) this.close()
  }

  add(event: Readonly<Record<string, unknown>>, at: number = this.#clock.now()): void {
    this.#push({ ...event, at: iso(at) })
  }

  /** Adds a note or a diagnostic, which are numbered. A log has them all; beyond so many it is their only place. */
  addNumbered(event: Readonly<Record<string, unknown>>, at?: number): void {
    if (this.#nextNumber > limits.number) return
    this.add({ ...event, n: this.#nextNumber }, at)
    this.#nextNumber += 1
  }

  /** Hands over what there is. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#events.length === 0) return
    const name = `${String(this.#nextSegment).padStart(6, '0')}.ndjson`
    const lines = this.#lines
    const isKept = this.#spool.put(name, `${this.#events.join('\n')}\n`)
    this.#events = []
    this.#lines = 0
    this.#length = 0
    this.#nextSegment += 1
    if (isKept) this.#tellLost()
    else this.#lost += lines
    this.#onClosed()
  }

  /** What could be kept nowhere leaves a note, as soon as a note can be kept. */
  #tellLost(): void {
    if (this.#lost === 0) return
    const detail = `${this.#lost} lines were lost: neither the disk nor the memory had room for them.`
    this.#lost = 0
    this.addNumbered({ type: 'note', kind: 'gap', detail })
  }

  #push(event: Readonly<Record<string, unknown>>): void {
    const written = JSON.stringify(event)
    const text = written.includes(String.raw`\u0000`) ? JSON.stringify(event, withoutNul) : written
    this.#events.push(text)
    this.#length += text.length
    if (this.#length >= most.length) this.close()
    else this.#timer ??= setTimeout(() => this.close(), most.ms)
  }
}

/** SQLite ends a text at a NUL. */
function withoutNul(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value
}
