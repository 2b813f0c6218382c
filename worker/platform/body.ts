import { Problem } from './problem.ts'

/** How much of a request may arrive, and how long it may pause. */
export type BodyLimit = { readonly bytes: number; readonly idleMs: number }

/**
 * A body that ends: it fails as 413 past `bytes`, and as 408 when nothing arrives for `idleMs`.
 * The declared length is not trusted; it only lets a too large body be refused before it is read.
 */
export function limited(request: Request, limit: BodyLimit): ReadableStream<Uint8Array> | null {
  if (Number(request.headers.get('content-length') ?? 0) > limit.bytes) throw tooLarge(limit.bytes)
  if (request.body === null) return null
  const reader = request.body.getReader()
  let seen = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await within(reader.read(), limit.idleMs)
      if (done) return controller.close()
      seen += value.byteLength
      if (seen > limit.bytes) throw tooLarge(limit.bytes)
      controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

/** The same request with a body that ends. */
export function limitedRequest(request: Request, limit: BodyLimit): Request {
  const body = limited(request, limit)
  return body === null ? request : new Request(request, { method: request.method, body })
}

/** Reads a small body whole, as text that must be UTF-8. */
export async function readText(request: Request, limit: BodyLimit): Promise<string> {
  const stream = limited(request, limit)
  if (stream === null) return ''
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces))
  } catch {
    throw new Problem('invalid-request', 'The body is not UTF-8.')
  }
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
