import { Secrets } from '../../platform/redact.ts'
import { isBookkeeping } from '../deployments/run.ts'
import { collectSecrets, describe, difference, Facts } from '../resources/inventory.ts'
import type { Item } from '../resources/inventory.ts'
import type { Change } from '../resources/projection.ts'
import type { Reader } from './document.ts'
import type { Version } from './journal.ts'
import type { LedgerStore } from './ledger-store.ts'
import { readabilityOf, readStored, withUnreadable } from './reading.ts'
import type { Readability } from './reading.ts'

/** What the ledger knows of an address, or null. */
export function factsOf(store: LedgerStore, address: string): Facts | null {
  const facts = store.facts(address)
  return facts === null ? null : Facts.parse(JSON.parse(facts))
}

/** Tells a secret output by its own mark. */
export function isSensitiveOutput(output: unknown): output is { sensitive: true; value: unknown } {
  return (
    typeof output === 'object' &&
    output !== null &&
    'sensitive' in output &&
    output.sensitive === true &&
    'value' in output
  )
}

/** Compares a version of a state with what the ledger knows of the one before. */
export class Comparison {
  readonly #store: LedgerStore
  readonly #version: Version
  readonly #bookkeeping: boolean
  readonly #expected: Readability
  #unreadable = 0
  /** Tainted resources seen; whole once `changes` has ended. */
  tainted = 0

  constructor(store: LedgerStore, version: Version, operation: string) {
    this.#store = store
    this.#version = version
    this.#bookkeeping = isBookkeeping(operation)
    this.#expected = readabilityOf(version)
  }

  /** How much of the version is listed; true once `changes` has ended. */
  get readability(): Readability {
    return withUnreadable(this.#expected, this.#unreadable)
  }

  /**
   * The resources that differ, in the order of the state and then what is gone: the same each time it is asked.
   * The state is read twice, since a secret may be copied to an attribute that stands before the marked one.
   */
  *changes(): Generator<Change> {
    const { inventory } = this.#expected
    if (inventory === 'encrypted' || inventory === 'unsupported') return
    const secrets = this.#secrets()
    const seen = new Set<string>()
    for (const item of this.#items(secrets)) {
      // Two objects with one address would be counted twice and stored once.
      if (seen.has(item.address)) continue
      seen.add(item.address)
      if (item.facts.status === 'tainted') this.tainted += 1
      const change = this.#changeTo(item)
      if (change) yield change
    }
    // What lies beyond the part that was read is not gone.
    if (this.readability.inventory === 'complete') yield* this.#gone(seen)
  }

  #changeTo(item: Item): Change | null {
    const before = factsOf(this.#store, item.address)
    const found = difference(before, item.facts, this.#bookkeeping)
    if (!found && before?.shown === item.facts.shown) return null
    return { address: item.address, before, item, difference: found }
  }

  *#gone(seen: ReadonlySet<string>): Generator<Change> {
    for (const address of this.#store.addresses()) {
      if (seen.has(address)) continue
      const before = factsOf(this.#store, address)
      const found = difference(before, null, this.#bookkeeping)
      if (found) yield { address, before, item: null, difference: found }
    }
  }

  #secrets(): Secrets {
    const secrets = new Secrets()
    const reader: Reader = {
      instance: (_, instance) => collectSecrets(instance, secrets),
      output: (_, output) => {
        if (isSensitiveOutput(output)) secrets.collect(output.value, [[]])
      },
    }
    for (const _ of this.#read(reader));
    return secrets
  }

  *#items(secrets: Secrets): Generator<Item> {
    let found: Item[] = []
    const reader: Reader = {
      instance: (block, instance) => {
        const item = describe(block, instance, secrets)
        if (item === 'unreadable') this.#unreadable += 1
        else if (item !== 'unmanaged') found.push(item)
      },
    }
    for (const _ of this.#read(reader)) {
      yield* found
      found = []
    }
    yield* found
  }

  #read(reader: Reader): Generator<void> {
    const upload = this.#store.uploadOf(this.#version.version)
    if (upload === null) throw new Error(`Version ${this.#version.version} is not stored.`)
    return readStored(this.#store, upload, reader)
  }
}
