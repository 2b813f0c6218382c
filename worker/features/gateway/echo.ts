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
  const shown = new Response(await bodyWithout(answer, bytesOf(token)), answer)
  for (const [name, value] of answer.headers)
    if (value.includes(token)) shown.headers.set(name, value.replaceAll(token, stars))
  return shown
}

let known: { readonly token: string; readonly bytes: Uint8Array } = { token: '', bytes: new Uint8Array() }

/** A Worker has one token, and making bytes of it costs more than to seek them. */
function bytesOf(token: string): Uint8Array {
  if (known.token !== token) known = { token, bytes: new TextEncoder().encode(token) }
  return known.bytes
}

async function bodyWithout(answer: Response, token: Uint8Array): Promise<BodyInit | null> {
  if (answer.body === null) return null
  const length = Number(answer.headers.get('content-length') ?? Number.NaN)
  if (!(length <= small)) {
    const body = answer.body.pipeThrough(new TransformStream(new Starring(token)))
    const isPlain = !Number.isNaN(length) && !answer.headers.has('content-encoding')
    return isPlain ? body.pipeThrough(new FixedLengthStream(length)) : body
  }
  try {
    const bytes = new Uint8Array(await answer.arrayBuffer())
    hide(bytes, token)
    return bytes
  } catch {
    throw new Refused(502, { code: 10_002, message: "Cloudflare's answer broke off." })
  }
}

/** Puts stars in the place of a token in a stream, wherever its pieces are cut. */
class Starring implements Transformer<Uint8Array, Uint8Array> {
  readonly #token: Uint8Array
  #held: Uint8Array = new Uint8Array()

  constructor(token: Uint8Array) {
    this.#token = token
  }

  transform(piece: Uint8Array, out: TransformStreamDefaultController<Uint8Array>): void {
    const bytes = Buffer.concat([this.#held, piece])
    hide(bytes, this.#token)
    // Only what may be the token's beginning waits for the next piece: an event must not.
    const kept = beginningAtEnd(bytes, this.#token)
    this.#held = bytes.subarray(bytes.length - kept)
    if (bytes.length > kept) out.enqueue(bytes.subarray(0, bytes.length - kept))
  }

  flush(out: TransformStreamDefaultController<Uint8Array>): void {
    if (this.#held.length > 0) out.enqueue(this.#held)
  }
}

/** Puts stars in the place of every token. */
function hide(bytes: Uint8Array, token: Uint8Array): void {
  const [first = 0] = token
  // Nearly always there is nothing, and a text tells that fastest.
  if (!latin1.decode(bytes).includes(latin1.decode(token))) return
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
    if (isAt(bytes, at, token, token.length)) bytes.fill(star, at, at + token.length)
}

const latin1 = new TextDecoder('latin1')
const star = 42

/** How many of the last bytes are the first ones of the token. */
function beginningAtEnd(bytes: Uint8Array, token: Uint8Array): number {
  for (let length = Math.min(token.length - 1, bytes.length); length > 0; length -= 1)
    if (isAt(bytes, bytes.length - length, token, length)) return length
  return 0
}

/** Whether the first `length` bytes of the token are there. Buffer's own search is slower by what it costs to call it. */
function isAt(bytes: Uint8Array, at: number, token: Uint8Array, length: number): boolean {
  for (let n = 0; n < length; n += 1) if (bytes[at + n] !== token[n]) return false
  return true
}
