import { createHash } from 'node:crypto'
import { limitedPieces } from '../../platform/body.ts'
import type { BodyLimit } from '../../platform/body.ts'
import { Problem } from '../../platform/problem.ts'
import { StateDocument } from './document.ts'
import type { Header } from './document.ts'
import { MalformedJson } from './json-scanner.ts'
import type { LedgerStore } from './ledger-store.ts'

/** A whole state that arrived and was checked. All its pieces but the last are stored already. */
export type Upload = {
  readonly id: string
  readonly header: Header
  readonly instances: number
  readonly size: number
  readonly sha256: string
  readonly lastPiece: { readonly n: number; readonly bytes: Uint8Array }
}

/** SQLite rows in a Durable Object hold 2 MB at most. */
const pieceSize = 1_000_000

/** The largest state, and the longest pause while it arrives. 100 MB is also what Cloudflare lets through. */
export const stateLimit: BodyLimit = { bytes: 100_000_000, idleMs: 30_000 }

/**
 * Takes a state in as it arrives: hashed, checked and gzipped in constant memory.
 * @throws Problem when it is no state, differs from `md5` (base64, as in `Content-MD5`), is too large or stops coming;
 *   then nothing of it is left.
 */
export async function receive(
  body: ReadableStream<Uint8Array>,
  md5: string | null,
  store: LedgerStore,
): Promise<Upload> {
  const id = crypto.randomUUID()
  try {
    return await takeIn(id, body, md5, store)
  } catch (error) {
    store.discard(id)
    throw explain(error)
  }
}

async function takeIn(
  id: string,
  body: ReadableStream<Uint8Array>,
  md5: string | null,
  store: LedgerStore,
): Promise<Upload> {
  const [document, sha256, digest] = [new StateDocument(), createHash('sha256'), createHash('md5')]
  const gzip = new CompressionStream('gzip')
  const writer = gzip.writable.getWriter()
  const storing = storePieces(gzip.readable, id, store)
  // A refusal below aborts the compression; its error is the one that is reported.
  storing.catch(() => undefined)
  let size = 0
  try {
    for await (const bytes of limitedPieces(body, stateLimit)) {
      size += bytes.byteLength
      sha256.update(bytes)
      digest.update(bytes)
      document.write(bytes)
      await writer.write(bytes)
    }
    document.end()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
    throw error
  }
  await writer.close()
  const lastPiece = await storing
  const header = document.header()
  if (!header)
    throw new Problem('invalid-request', 'The body is JSON, but no Terraform state: it has no serial and lineage.')
  const sum = digest.digest('base64')
  if (md5 !== null && md5 !== sum) {
    throw new Problem(
      'invalid-request',
      `The body has the MD5 ${sum}, not ${md5} as Content-MD5 says: it was damaged on the way.`,
    )
  }
  return { id, header, instances: document.instances, size, sha256: sha256.digest('hex'), lastPiece }
}

/** Cuts what comes into pieces and stores each but the last, which goes in with the version itself. */
async function storePieces(
  stream: ReadableStream<Uint8Array>,
  id: string,
  store: LedgerStore,
): Promise<Upload['lastPiece']> {
  let n = 0
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const bytes of stream) {
    waiting.push(bytes)
    size += bytes.byteLength
    if (size < pieceSize) continue
    store.addPiece(id, n, Buffer.concat(waiting))
    n += 1
    waiting = []
    size = 0
  }
  return { n, bytes: Buffer.concat(waiting) }
}

function explain(error: unknown): unknown {
  if (error instanceof MalformedJson) return new Problem('invalid-request', `The body is not a state. ${error.message}`)
  return error
}

/** The gzipped bytes of an upload, read as they are asked for, in slices of at most `most` bytes. */
export function stored(store: LedgerStore, upload: string, most = pieceSize): ReadableStream<Uint8Array> {
  let n = 0
  let piece: Uint8Array = new Uint8Array()
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      if (piece.byteLength === 0) {
        piece = store.piece(upload, n) ?? piece
        n += 1
      }
      // An empty last piece says that the one before was full.
      if (piece.byteLength === 0) return controller.close()
      controller.enqueue(piece.slice(0, most))
      piece = piece.subarray(most)
    },
  })
}

/** Small enough that what a slice unpacks to fits into memory, however well it was packed. */
const unpackedAtOnce = 16_384

/** The bytes of an upload as they were written. */
export function unpacked(store: LedgerStore, upload: string): ReadableStream<Uint8Array> {
  return stored(store, upload, unpackedAtOnce).pipeThrough(new DecompressionStream('gzip'))
}
