import { Problem } from './problem.ts'

/** How much of a request may arrive, and how long it may pause. */
export type BodyLimit = { readonly bytes: number; readonly idleMs: number }

/**
 * The pieces of a body that ends: it fails as 413 past `bytes`, and as 408 when nothing arrives for `idleMs`.
 */
export async function* limitedPieces(body: ReadableStream<Uint8Array>, limit: BodyLimit): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  let seen = 0
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), limit.idleMs)
      if (done) return
      seen += value.byteLength
      if (seen > limit.bytes) throw tooLarge(limit.bytes)
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The declared length is not trusted; it only lets a too large body be refused before it is read. */
export function refuseTooLarge(request: Request, limit: BodyLimit): void {
  if (Number(request.headers.get('content-length') ?? 0) > limit.bytes) throw tooLarge(limit.bytes)
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
  refuseTooLarge(request, limit)
  if (request.body === null) return new Uint8Array()
  const pieces: Uint8Array[] = []
  for await (const piece of limitedPieces(request.body, limit)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function within<Value>(work: Promise<Value>, ms: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Problem('timeout', `Nothing arrived for ${ms / 1000} s.`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function tooLarge(bytes: number): Problem {
  return new Problem(
    'too-large',
    `The body is larger than ${bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes / 1e3} KB`}.`,
  )
}
