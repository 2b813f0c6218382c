import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { limitedPieces } from '../../platform/body.ts'
import type { BodyLimit } from '../../platform/body.ts'
import { Problem } from '../../platform/problem.ts'
import { StateDocument } from './document.ts'
import type { Header } from './document.ts'
import type { Version } from './journal.ts'
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

/** A piece of this many bytes fits a SQLite row of a Durable Object (2 MB) even when it cannot be compressed. */
const pieceSize = 1_000_000

/** The largest state, and the longest pause while it arrives. 100 MB is also what Cloudflare lets through. */
export const stateLimit: BodyLimit = { bytes: 100_000_000, idleMs: 30_000, totalMs: 15 * 60_000 }

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
  try {
    return await takeIn(limitedPieces(body, stateLimit), md5, store)
  } catch (error) {
    throw explain(error)
  }
}

/** Takes a state in from pieces that may be gone when the next is asked for. Nothing of it is left when this throws. */
export async function takeIn(
  pieces: AsyncIterable<Uint8Array>,
  md5: string | null,
  store: LedgerStore,
): Promise<Upload> {
  const id = crypto.randomUUID()
  try {
    return await stage(id, pieces, md5, store)
  } catch (error) {
    store.discard(id)
    throw error
  }
}

async function stage(
  id: string,
  pieces: AsyncIterable<Uint8Array>,
  md5: string | null,
  store: LedgerStore,
): Promise<Upload> {
  const [document, sha256, digest] = [new StateDocument(), createHash('sha256'), createHash('md5')]
  const packer = new Packer(id, store)
  for await (const bytes of pieces) {
    sha256.update(bytes)
    digest.update(bytes)
    document.write(bytes)
    packer.add(bytes)
  }
  document.end()
  const header = document.header()
  if (!header)
    throw new Problem(
      'invalid-request',
      'The body is JSON, but no Terraform state: it has no serial and lineage, or none that can be kept.',
    )
  const sum = digest.digest('base64')
  if (md5 !== null && md5 !== sum) {
    throw new Problem(
      'invalid-request',
      `The body has the MD5 ${sum}, not ${md5} as Content-MD5 says: it was damaged on the way.`,
    )
  }
  const { size, lastPiece } = packer
  return { id, header, instances: document.instances, size, sha256: sha256.digest('hex'), lastPiece: lastPiece() }
}

/** What makes a version of an upload. */
type Making = Pick<Version, 'version' | 'lock_id' | 'forced' | 'rolled_back' | 'at'>

/** The version that an upload becomes. */
export function versionOf({ header, size, sha256, instances }: Upload, making: Making): Version {
  const { version: format, encrypted, serial, lineage, terraform_version } = header
  return { serial, lineage, terraform_version, format, encrypted, size, sha256, instances, ...making }
}

/** Cuts a body into pieces, each gzipped by itself, and stores all but the last, which goes in with the version. */
class Packer {
  readonly #id: string
  readonly #store: LedgerStore
  readonly #buffer = new Uint8Array(pieceSize)
  #filled = 0
  #n = 0
  size = 0

  constructor(id: string, store: LedgerStore) {
    this.#id = id
    this.#store = store
  }

  add(bytes: Uint8Array): void {
    this.size += bytes.byteLength
    for (let from = 0; from < bytes.byteLength;) {
      if (this.#filled === pieceSize) this.#flush()
      const part = bytes.subarray(from, from + pieceSize - this.#filled)
      this.#buffer.set(part, this.#filled)
      this.#filled += part.byteLength
      from += part.byteLength
    }
  }

  #flush(): void {
    this.#store.addPiece(this.#id, this.#n, gzipSync(this.#buffer))
    this.#n += 1
    this.#filled = 0
  }

  readonly lastPiece = (): Upload['lastPiece'] => ({
    n: this.#n,
    bytes: gzipSync(this.#buffer.subarray(0, this.#filled)),
  })
}

function explain(error: unknown): unknown {
  if (error instanceof MalformedJson) return new Problem('invalid-request', `The body is not a state. ${error.message}`)
  return error
}

/** The bytes of an upload as they were written, a piece at a time: each is gone when the next is asked for. */
export function* piecesOf(store: LedgerStore, upload: string): Generator<Uint8Array> {
  for (let n = 0; ; n += 1) {
    const piece = store.piece(upload, n)
    if (piece === null) return
    const bytes = gunzipSync(piece)
    free(piece)
    yield bytes
    free(bytes)
  }
}

/** The same as a stream that unpacks as it is read; a reader that goes away ends it. It ends early when it is deleted. */
export function streamOf(store: LedgerStore, upload: string): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream()
  void pump(piecesOf(store, upload), writable.getWriter())
  return readable
}

async function pump(pieces: Iterable<Uint8Array>, writer: WritableStreamDefaultWriter): Promise<void> {
  try {
    for (const piece of pieces) await writer.write(piece)
    await writer.close()
  } catch {
    // The reader went away: nobody is left to tell.
  }
}

/** Gives a piece's memory back at once: as garbage it would pile up to the size of the state. */
function free({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
