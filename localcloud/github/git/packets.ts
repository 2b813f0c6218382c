/** git's framing: four hexadecimal digits of length, then the content; `0000` is a pause. */
export type Packet = { readonly kind: 'line'; readonly content: Buffer } | { readonly kind: 'flush' }

/** Cuts a stream of bytes into packets; what is not whole yet waits for more. */
export class Packets {
  #rest = Buffer.alloc(0)

  push(piece: Buffer): Packet[] {
    this.#rest = Buffer.concat([this.#rest, piece])
    const packets: Packet[] = []
    while (this.#rest.length >= 4) {
      const length = Number.parseInt(this.#rest.subarray(0, 4).toString(), 16)
      if (Number.isNaN(length)) throw new Error('git sent a packet without a length.')
      if (length > this.#rest.length) break
      packets.push(
        length < 4 ? { kind: 'flush' } : { kind: 'line', content: Buffer.from(this.#rest.subarray(4, length)) },
      )
      this.#rest = this.#rest.subarray(Math.max(length, 4))
    }
    return packets
  }
}

export function frame(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

export const flush = Buffer.from('0000')

const reportBand = 1

/**
 * Rewrites the report at the end of a push. git can only say that a hook declined; GitHub says which.
 * @param reasons what to say beside each ref that was declined
 */
export class Report {
  readonly #packets = new Packets()
  readonly #reasons: () => ReadonlyMap<string, string>
  #report = Buffer.alloc(0)

  constructor(reasons: () => ReadonlyMap<string, string>) {
    this.#reasons = reasons
  }

  /** What becomes of a piece of git's answer. Without the side bands there is no report to find, and nothing changes. */
  rewrite(piece: Buffer): Buffer {
    const out = this.#packets.push(piece).map((packet) => {
      if (packet.kind === 'flush') return Buffer.concat([this.#take(), flush])
      if (packet.content[0] !== reportBand) return frame(packet.content)
      this.#report = Buffer.concat([this.#report, packet.content.subarray(1)])
      return Buffer.alloc(0)
    })
    return Buffer.concat(out)
  }

  #take(): Buffer {
    if (this.#report.length === 0) return this.#report
    const lines = new Packets().push(this.#report).map((packet) => {
      if (packet.kind === 'flush') return flush
      return frame(this.#said(packet.content.toString()))
    })
    this.#report = Buffer.alloc(0)
    return frame(Buffer.concat([Buffer.from([reportBand]), ...lines]))
  }

  #said(line: string): string {
    const [, ref = '', why = ''] = /^ng (\S+) (.*)\n?$/.exec(line) ?? []
    const reason = why.endsWith('hook declined') ? this.#reasons().get(ref) : spokenFor(why, ref)
    return reason === undefined ? line : `ng ${ref} ${reason}\n`
  }
}

/** git's words for what GitHub says in its own. */
function spokenFor(why: string, ref: string): string | undefined {
  return why === 'deletion of the current branch prohibited'
    ? `refusing to delete the current branch: ${ref}`
    : undefined
}
