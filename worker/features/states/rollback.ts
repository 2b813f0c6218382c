import { breath } from './breath.ts'
import { StateDocument } from './document.ts'
import type { Version } from './journal.ts'
import type { Place } from './json-listener.ts'
import type { LedgerStore, StoredVersion } from './ledger-store.ts'
import { story } from './lock.ts'
import type { Lock } from './lock.ts'
import type { Refused, Stored } from './outcome.ts'
import { piecesOf, takeIn } from './upload.ts'
import type { Upload } from './upload.ts'

/** The content at `source` is to become this serial, if `head` is still the newest version then. */
export type Copy = {
  readonly kind: 'copy'
  readonly source: string
  readonly serial: number
  readonly head: number
  readonly rolledBack: NonNullable<Version['rolled_back']>
}

/** What becomes of a rollback: a copy; nothing, because its content is the newest already; or a refusal. */
export type RollbackDecision = Copy | Stored | Refused

/**
 * Whether a state may go back to a serial. The same request again is answered with what it made: content that is the
 * newest already is not written once more.
 */
export function decideRollback(
  name: string,
  serial: number,
  head: Version | null,
  target: StoredVersion | null,
  held: Lock | null,
): RollbackDecision {
  if (!head) return refused('not-found', `The state ${name} has no version.`)
  if (!target) return refused('not-found', `The state ${name} has no version with the serial ${serial}.`)
  if (isThere(serial, head, target.version)) return { kind: 'stored', version: head.version, serial: head.serial }
  if (target.version.version === head.version)
    return refused('conflict', `Serial ${serial} is the newest of the state ${name} already.`)
  if (held) return refused('locked', story(name, held))
  if (target.version.encrypted) {
    const reason = `Serial ${serial} of the state ${name} is encrypted, its serial too: OpenTofu would refuse it with another.`
    return refused('conflict', reason)
  }
  if (!Number.isSafeInteger(head.serial + 1))
    return refused('conflict', `Serial ${head.serial} of the state ${name} is the highest there can be.`)
  const rolledBack = { serial, version: originOf(target.version) }
  return { kind: 'copy', source: target.upload, serial: head.serial + 1, head: head.version, rolledBack }
}

/** After a forced push two versions may have one serial, the newer of which this very request may have made. */
function isThere(serial: number, head: Version, target: Version): boolean {
  if (head.version === target.version) return head.rolled_back?.serial === serial
  return originOf(head) === originOf(target)
}

/** The version that a content was first. */
function originOf({ version, rolled_back: rolledBack }: Version): number {
  return rolledBack?.version ?? version
}

/** The refusal of a rollback while whose copy was made another version came: nobody has decided to undo that one. */
export function overtaken(name: string): Refused {
  return refused('conflict', `The state ${name} was written meanwhile: look at its newest version, and ask again.`)
}

function refused(problem: Refused['problem'], reason: string): Refused {
  return { kind: 'problem', problem, reason }
}

/** Stores a copy of a version that differs in the digits of its serial alone, in the memory that an upload takes. */
export async function copyWithSerial(store: LedgerStore, upload: string, serial: number): Promise<Upload> {
  const place = await placeOfSerial(store, upload)
  return takeIn(slowly(replaced(piecesOf(store, upload), place, Buffer.from(String(serial)))), null, store)
}

async function placeOfSerial(store: LedgerStore, upload: string): Promise<Place> {
  const document = new StateDocument()
  for await (const piece of slowly(piecesOf(store, upload))) document.write(piece)
  document.end()
  if (document.serialAt === null) throw new Error('A stored state has no serial.')
  return document.serialAt
}

async function* slowly(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    yield piece
    await breath()
  }
}

/** The same bytes with others in one place, which may lie across pieces. */
export function* replaced(pieces: Iterable<Uint8Array>, { from, to }: Place, text: Uint8Array): Generator<Uint8Array> {
  let offset = 0
  for (const piece of pieces) {
    const [begin, end] = [from - offset, to - offset]
    if (begin > 0) yield piece.subarray(0, begin)
    if (begin >= 0 && begin < piece.byteLength) yield text
    if (end < piece.byteLength) yield piece.subarray(Math.max(end, 0))
    offset += piece.byteLength
  }
}
