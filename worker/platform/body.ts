import { now } from './clock.ts'
import { Problem } from './problem.ts'

const pieceSize = 65_536

/** How much of a request may arrive, how long it may pause, and how long it may take in all. */
export type BodyLimit = { readonly bytes: number; readonly idleMs: number; readonly totalMs: number }

/**
 * The pieces of a body that ends: it fails as 413 past `bytes`, and as 408 when nothing arrives for `idleMs` or
 * the whole is not there after `totalMs`. A piece is gone when the next is asked for: all share one buffer, so that a large body leaves no garbage.
 */
export async function* limitedPieces(body: ReadableStream<Uint8Array>, limit: BodyLimit): AsyncGenerator<Uint8Array> {
  let seen = 0
  for await (const piece of pieces(body, limit)) {
    seen += piece.byteLength
    if (seen <= limit.bytes) yield piece
    else if (seen > limit.bytes + leftover(limit)) break
  }
  if (seen > limit.bytes) throw tooLarge(limit.bytes)
}

/** Refuses a body by its declared length, which is not trusted: it only spares reading what is too large anyway. */
export async function refuseTooLarge(request: Request, limit: BodyLimit): Promise<void> {
  if (Number(request.headers.get('content-length') ?? 0) <= limit.bytes) return
  let seen = 0
  for await (const piece of request.body ? pieces(request.body, limit) : []) {
    seen += piece.byteLength
    if (seen > limit.bytes + leftover(limit)) break
  }
  throw tooLarge(limit.bytes)
}

/** How much more than its limit is read and dropped: a client that is cut off while it sends never sees the answer. */
function leftover({ bytes }: BodyLimit): number {
  return Math.max(bytes, 16_000_000)
}

async function* pieces(body: ReadableStream<Uint8Array>, { idleMs, totalMs }: BodyLimit): AsyncGenerator<Uint8Array> {
  const deadline = now() + totalMs
  const reader = body.getReader({ mode: 'byob' })
  let buffer = new ArrayBuffer(pieceSize)
  try {
    for (;;) {
      const { done, value } = await within(
        reader.read(new Uint8Array(buffer)).catch(brokenOff),
        Math.min(idleMs, deadline - now()),
      )
      if (done) return
      yield value
      buffer = value.buffer
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * The same request with its body read, within the limit: what follows can no longer hang or run over. The API speaks
 * JSON alone, so that is what a body is taken for: `curl -d` names another type.
 */
export async function bounded(request: Request, limit: BodyLimit): Promise<Request> {
  if (request.body === null) return request
  const body = await readBytes(request, limit)
  const headers = new Headers(request.headers)
  headers.set('content-type', 'application/json')
  return new Request(request, { method: request.method, headers, body })
}

/** Reads a small body whole. */
export async function readBytes(request: Request, limit: BodyLimit): Promise<Uint8Array> {
  await refuseTooLarge(request, limit)
  if (request.body === null) return new Uint8Array()
  const copies: Uint8Array[] = []
  for await (const piece of limitedPieces(request.body, limit)) copies.push(piece.slice())
  return Buffer.concat(copies)
}

/**
 * The values of newline-delimited JSON, each with the number of its line; an empty line holds none.
 * @throws Problem (invalid-request) that names the line
 */
export function* jsonLines(bytes: Uint8Array): Generator<{ readonly line: number; readonly value: unknown }> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (let line = 1, start = 0; start < bytes.byteLength; line++) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.byteLength : newline
    const text = decoded(decoder, bytes.subarray(start, end), line)
    if (text.trim() !== '') yield { line, value: parsed(text, line) }
    start = end + 1
  }
}

function decoded(decoder: TextDecoder, bytes: Uint8Array, line: number): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw lineProblem(line, 'It is not UTF-8.')
  }
}

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw lineProblem(line, 'It is not JSON.')
  }
}

/** What is wrong with a line of a body. */
export function lineProblem(line: number, what: string): Problem {
  return new Problem('invalid-request', `Line ${line}: ${what}`, { extensions: { line } })
}

async function within<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem('timeout', 'The body stopped arriving, or took too long.')), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The client went away, or sent less than it declared: nothing is wrong on our side. */
function brokenOff(): never {
  throw new Problem('invalid-request', 'The body broke off before its end.')
}

function tooLarge(bytes: number): Problem {
  return new Problem(
    'too-large',
    `The body is larger than ${bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} KB`}.`,
  )
}
