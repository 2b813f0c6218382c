import { Refused } from './envelope.ts'

/** Bytes of an answer that are taken whole: to read them through a stream would cost more than all else here. */
const small = 65_536

/**
 * Cloudflare's answer with stars for every copy of the account's token in its headers and its body: nothing of it may
 * reach a client, whoever in between echoes what he was sent. The length stays as it was.
 * @throws Refused (502) when a small body breaks off
 */
export async function withoutToken(answer: Response, token: string): Promise<Response> {
  const stars = '*'.repeat(token.length)
  const shown = new Response(await bodyWithout(answer, Buffer.from(token)), answer)
  for (const [name, value] of answer.headers)
    if (value.includes(token)) shown.headers.set(name, value.replaceAll(token, stars))
  return shown
}

async function bodyWithout(answer: Response, token: Buffer): Promise<BodyInit | null> {
  if (answer.body === null) return null
  const length = Number(answer.headers.get('content-length') ?? Number.NaN)
  if (!(length <= small)) {
    const body = answer.body.pipeThrough(new TransformStream(new Starring(token)))
    const isPlain = !Number.isNaN(length) && !answer.headers.has('content-encoding')
    return isPlain ? body.pipeThrough(new FixedLengthStream(length)) : body
  }
  try {
    return starred(Buffer.from(await answer.arrayBuffer()), token)
  } catch {
    throw new Refused(502, { code: 10_002, message: "Cloudflare's answer broke off." })
  }
}

/** Puts stars in the place of a token in a stream, wherever its pieces are cut. */
class Starring implements Transformer<Uint8Array, Uint8Array> {
  readonly #token: Buffer
  #held: Uint8Array = new Uint8Array()

  constructor(token: Buffer) {
    this.#token = token
  }

  transform(piece: Uint8Array, out: TransformStreamDefaultController<Uint8Array>): void {
    const bytes = starred(Buffer.concat([this.#held, piece]), this.#token)
    // Only what may be the token's beginning waits for the next piece: an event must not.
    const kept = beginningAtEnd(bytes, this.#token)
    this.#held = bytes.subarray(bytes.length - kept)
    if (bytes.length > kept) out.enqueue(bytes.subarray(0, bytes.length - kept))
  }

  flush(out: TransformStreamDefaultController<Uint8Array>): void {
    if (this.#held.length > 0) out.enqueue(this.#held)
  }
}

function starred(bytes: Buffer, token: Buffer): Buffer {
  for (let at = bytes.indexOf(token); at >= 0; at = bytes.indexOf(token, at + token.length))
    bytes.fill('*', at, at + token.length)
  return bytes
}

/** How many of the last bytes are the first ones of the token. */
function beginningAtEnd(bytes: Buffer, token: Buffer): number {
  for (let length = Math.min(token.length - 1, bytes.length); length > 0; length -= 1)
    if (bytes.subarray(bytes.length - length).equals(token.subarray(0, length))) return length
  return 0
}
