import { StateDocument } from './document.ts'
import type { Reader } from './document.ts'
import type { Version } from './journal.ts'
import { MalformedJson } from './json-scanner.ts'
import type { LedgerStore } from './ledger-store.ts'
import { piecesOf } from './upload.ts'

/** Above this many bytes of state the inventory holds what comes first, and says `partial`. */
export const readableBytes = 25_000_000

export type Readability = {
  readonly inventory: 'complete' | 'partial' | 'encrypted' | 'unsupported'
  readonly detail: string | null
}

/** How much of a version can become an inventory, and why not more. Whatever cannot be read is still stored. */
export function readabilityOf({ encrypted, format, size }: Version): Readability {
  if (encrypted)
    return { inventory: 'encrypted', detail: 'Its client encrypts this state: its resources cannot be seen here.' }
  if (format !== 4) {
    const detail = `The state has format version ${format ?? 'none'}; only version 4 can be read.`
    return { inventory: 'unsupported', detail }
  }
  if (size <= readableBytes) return { inventory: 'complete', detail: null }
  return { inventory: 'partial', detail: `Of a state above ${readableBytes / 1e6} MB only the beginning is listed.` }
}

/** The readability of a version of which some objects turned out to have no address. */
export function withUnreadable(expected: Readability, count: number): Readability {
  if (count === 0) return expected
  const what = count === 1 ? '1 object that has' : `${count} objects that have`
  const detail = `The state holds ${what} no address we can read: only the others are listed.`
  return { inventory: 'partial', detail }
}

/**
 * Reads what is stored as far as it is readable, yielding after each stretch of bytes so that what was found may be used
 * and dropped.
 */
export function* readStored(store: LedgerStore, upload: string, reader: Reader): Generator<void> {
  const document = new StateDocument(reader)
  let bytes = 0
  for (const piece of piecesOf(store, upload)) {
    bytes += piece.byteLength
    if (bytes > readableBytes) return
    document.write(piece)
    yield
  }
  document.end()
  yield
}

/** Whether an error means that what was read was deleted meanwhile: when it was stored, it was whole. */
export function isGone(error: unknown): boolean {
  return error instanceof MalformedJson
}
