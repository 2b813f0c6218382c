import { hideInAddress } from '../../worker/features/deployments/address.ts'
import { HumanOutput } from '../../worker/features/deployments/human-output.ts'
import { jsonLine } from '../../worker/features/deployments/terraform-stream.ts'
import type {
  DiagnosticEvent,
  ResourceEvent,
  StreamEvent,
  SummaryEvent,
  VersionEvent,
} from '../../worker/features/deployments/terraform-stream.ts'
import type { Secrets } from '../../worker/platform/redact.ts'
import type { Clock } from './clock.ts'
import { isCount, isReportable, limits, reportable } from './limits.ts'
import { LineCutter } from './lines.ts'
import type { Piece } from './lines.ts'
import { Redaction } from './redaction.ts'
import type { Segments } from './segments.ts'

/** How many characters wait in memory until the secrets of the plan are known. */
const mostHeld = 16_000_000

type Stream = 'stdout' | 'stderr'
type Held = { readonly channel: Channel; readonly piece: Piece; readonly at: number }

/** What the output of one operation told of it as a whole. */
export type Told = {
  summary: SummaryEvent['summary'] | null
  version: VersionEvent | null
  isInterrupted: boolean
  /** What the first error is called. */
  firstError: string | null
  /** What is being done, by address. */
  readonly begun: Map<string, ResourceEvent>
}

export function nothingTold(): Told {
  return { summary: null, version: null, isInterrupted: false, firstError: null, begun: new Map() }
}

/** Turns output into a record without secrets. While it holds, nothing of the output goes anywhere. */
export class Transcript {
  readonly secrets: Secrets
  readonly segments: Segments
  readonly #clock: Clock
  #held: Held[] | null = null
  #heldLength = 0
  #unheld = 0
  #isBroken = false

  constructor(segments: Segments, clock: Clock, secrets: Secrets) {
    this.segments = segments
    this.#clock = clock
    this.secrets = secrets
  }

  /** From now on output waits, because not all of its secrets are known. */
  hold(): void {
    this.#held ??= []
  }

  /** All secrets are known. */
  release(): void {
    const held = this.#held ?? []
    this.#held = null
    this.#heldLength = 0
    for (const { channel, piece, at } of held) this.#record(channel, piece, at)
    if (this.#unheld === 0) return
    const detail = `${this.#unheld} lines are not recorded: too much was printed before the plan's secrets were known.`
    this.segments.addNumbered({ type: 'note', kind: 'gap', detail })
    this.#unheld = 0
  }

  take(channel: Channel, pieces: readonly Piece[]): void {
    const at = this.#clock.now()
    for (const piece of pieces) {
      if (this.#held === null) {
        this.#record(channel, piece, at)
      } else if (this.#heldLength + piece.text.length > mostHeld) {
        this.#unheld += piece.isEnd ? 1 : 0
      } else {
        this.#held.push({ channel, piece, at })
        this.#heldLength += piece.text.length + 32
      }
    }
  }

  /** A fault of ours in reading the output ends the record of it, and nothing else. */
  #record(channel: Channel, piece: Piece, at: number): void {
    if (this.#isBroken) return
    try {
      channel.record(piece, at)
    } catch (error) {
      this.#isBroken = true
      const detail = `The rest of the output could not be recorded: ${String(error)}`
      this.segments.addNumbered({ type: 'note', kind: 'gap', detail: this.secrets.hide(detail) })
    }
  }
}

/** One stream of one operation. */
export class Channel {
  readonly #transcript: Transcript
  readonly #operation: number
  readonly #stream: Stream
  readonly #told: Told
  readonly #cutter = new LineCutter()
  readonly #redaction = new Redaction()
  readonly #human = new HumanOutput()
  #isWhole = true

  constructor(transcript: Transcript, operation: number, stream: Stream, told: Told) {
    this.#transcript = transcript
    this.#operation = operation
    this.#stream = stream
    this.#told = told
  }

  push(bytes: Buffer): void {
    this.#transcript.take(this, this.#cutter.push(bytes))
  }

  /** The stream has ended. */
  end(): void {
    this.#transcript.take(this, [...this.#cutter.end(), ending])
  }

  /** Records a piece whose secrets are known. */
  record(piece: Piece, at: number): void {
    if (piece === ending) {
      this.#tell(this.#human.end(), at)
      return
    }
    const { secrets, segments } = this.#transcript
    const isLine = this.#isWhole && piece.isEnd
    const json = isLine ? jsonLine(piece.text) : null
    const shown = json ? { text: json.message, isEnd: true } : piece
    for (const text of this.#redaction.lines(shown, secrets)) {
      segments.addLine({ operation: this.#operation, stream: this.#stream, text }, at)
    }
    if (isLine) this.#tell(json?.events ?? this.#human.line(piece.text), at)
    this.#isWhole = piece.isEnd
  }

  #tell(events: readonly StreamEvent[], at: number): void {
    for (const event of events) this.#tellOne(event, at)
  }

  #tellOne(event: StreamEvent, at: number): void {
    const { secrets, segments } = this.#transcript
    switch (event.type) {
      case 'resource':
        this.#tellResource(event, at)
        break
      case 'diagnostic':
        this.#tellDiagnostic(event, at)
        break
      case 'note':
        this.#told.isInterrupted ||= event.kind === 'interrupted'
        segments.addNumbered({ ...event, detail: reportable(secrets.hide(event.detail), limits.text) }, at)
        break
      case 'summary':
        if (Object.values(event.summary).every((count) => isCount(count))) this.#told.summary = event.summary
        break
      case 'version':
        this.#told.version = event
        break
      case 'planned':
      case 'drift':
      // The plan tells these better.
    }
  }

  #tellResource({ elapsed_ms: elapsed, ...event }: ResourceEvent, at: number): void {
    const { secrets, segments } = this.#transcript
    if (event.status === 'in_progress') this.#told.begun.set(event.address, event)
    else this.#told.begun.delete(event.address)
    const address = hideInAddress(event.address, secrets)
    const time = elapsed !== undefined && isCount(elapsed) ? { elapsed_ms: elapsed } : {}
    if (isReportable(address)) segments.add({ ...event, ...time, operation: this.#operation, address }, at)
  }

  #tellDiagnostic({ severity, address = '', ...texts }: DiagnosticEvent, at: number): void {
    const { secrets, segments } = this.#transcript
    const shown = (text: string) => reportable(secrets.hide(text), limits.text)
    const [summary, detail] = [shown(texts.summary), shown(texts.detail)]
    if (severity === 'error') {
      this.#told.firstError ??= summary
      // Output for people says of no resource that it failed, but by the error that names it.
      const begun = this.#told.begun.get(address)
      if (begun) this.#tellResource({ ...begun, status: 'failed' }, at)
    }
    const hidden = hideInAddress(address, secrets)
    const place = isReportable(hidden) ? { address: hidden } : {}
    const operation = this.#operation
    segments.addNumbered({ type: 'diagnostic', operation, severity, summary, detail, ...place }, at)
  }
}

/** Stands for the end of a stream, which has its place among the lines. */
const ending: Piece = { text: '', isEnd: true }
