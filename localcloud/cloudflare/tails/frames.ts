/** One frame of a WebSocket. */
export type Frame = { readonly opcode: number; readonly payload: Buffer }

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** More than a client of traces ever has to say. */
const longest = 1_000_000

/**
 * Takes frames out of a stream of bytes. A mask is used when there is one and not demanded: the first frame of
 * wrangler's tail has none, though the protocol wants it.
 */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0)

  /** The frames that are complete now. */
  read(bytes: Uint8Array): Frame[] {
    this.#held = Buffer.concat([this.#held, bytes])
    const frames: Frame[] = []
    for (let next = this.#next(); next !== null; next = this.#next()) frames.push(next)
    return frames
  }

  #next(): Frame | null {
    const head = headOf(this.#held)
    if (head && head.length > longest) throw new Error('A frame is too long.')
    if (!head || this.#held.length < head.start + head.length) return null
    const payload = Buffer.from(this.#held.subarray(head.start, head.start + head.length))
    if (head.mask) for (const [index, byte] of payload.entries()) payload[index] = byte ^ (head.mask[index % 4] ?? 0)
    this.#held = this.#held.subarray(head.start + head.length)
    return { opcode: head.opcode, payload }
  }
}

type Head = { readonly opcode: number; readonly start: number; readonly length: number; readonly mask: Buffer | null }

function headOf(held: Buffer): Head | null {
  const [first, second] = held
  if (first === undefined || second === undefined) return null
  const short = second & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const isMasked = (second & 0x80) !== 0
  const start = 2 + extra + (isMasked ? 4 : 0)
  if (held.length < start) return null
  const lengths = { 0: () => short, 2: () => held.readUInt16BE(2), 8: () => Number(held.readBigUInt64BE(2)) }
  const mask = isMasked ? held.subarray(2 + extra, start) : null
  return { opcode: first & 0x0f, start, length: lengths[extra](), mask }
}

/** A frame as a server sends it: whole and without a mask. */
export function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = [0x80 | opcode]
  if (length < 126) head.push(length)
  else if (length < 65_536) head.push(126, length >> 8, length & 0xff)
  else head.push(127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff))
  return Buffer.concat([Buffer.from(head), payload])
}
