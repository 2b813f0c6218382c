import type { Worker_Binding as WorkerBinding } from 'miniflare'
import { shared } from './names.ts'

/** Kinds of storage that the API itself reads and writes. */
export type Kind = 'kv' | 'd1' | 'r2'
const kinds: readonly Kind[] = ['kv', 'd1', 'r2']

/** How many databases, and as many namespaces and buckets, the API can use at the same time. */
const count = 8

const nameOf = (kind: Kind, index: number): string => `${kind}:${index}`

function props(slot: string): { json: string } {
  return { json: JSON.stringify({ slot }) }
}

/** The system Worker's bindings for the API: each stands for whatever it was last assigned to. */
export function slotBindings(): WorkerBinding[] {
  const slots = Array.from({ length: count }, (_, index) => index)
  return [
    ...kinds.map((kind) => ({ name: `storage:${kind}`, service: { name: shared[kind] } })),
    ...slots.map((index) => ({
      name: nameOf('kv', index),
      kvNamespace: { name: shared.kv, props: props(nameOf('kv', index)) },
    })),
    ...slots.map((index) => ({
      name: nameOf('r2', index),
      r2Bucket: { name: shared.r2, props: props(nameOf('r2', index)) },
    })),
    ...slots.map((index) => ({
      name: nameOf('d1', index),
      wrapped: {
        moduleName: 'cloudflare-internal:d1-api',
        innerBindings: [{ name: 'fetcher', service: { name: shared.d1, props: props(nameOf('d1', index)) } }],
      },
    })),
  ]
}

type Slot = { readonly name: string; id: string | null; ready: Promise<void>; users: number; used: number }

/**
 * Hands out the slots of one kind. A database that was used lately keeps its slot; otherwise the slot that was idle
 * longest is assigned anew. When all are in use, the next one waits.
 */
export class Slots {
  readonly #slots: readonly Slot[]
  readonly #assign: (slot: string, id: string) => Promise<void>
  readonly #waiting: (() => void)[] = []
  #clock = 0

  constructor(kind: Kind, assign: (slot: string, id: string) => Promise<void>) {
    this.#assign = assign
    this.#slots = Array.from({ length: count }, (_, index) => {
      return { name: nameOf(kind, index), id: null, ready: Promise.resolve(), users: 0, used: 0 }
    })
  }

  /** The name of the binding that stands for the identifier until `release`. */
  async take(id: string): Promise<{ readonly name: string; readonly release: () => void }> {
    const slot = await this.#find(id)
    slot.users += 1
    this.#clock += 1
    slot.used = this.#clock
    if (slot.id !== id) {
      slot.id = id
      slot.ready = this.#assign(slot.name, id)
    }
    try {
      await slot.ready
    } catch (error) {
      slot.id = null
      this.#release(slot)
      throw error
    }
    return { name: slot.name, release: () => this.#release(slot) }
  }

  async #find(id: string): Promise<Slot> {
    const known = this.#slots.find((slot) => slot.id === id)
    if (known) return known
    const idle = this.#slots.filter(({ users }) => users === 0).toSorted((a, b) => a.used - b.used)
    if (idle[0]) return idle[0]
    await new Promise<void>((done) => this.#waiting.push(done))
    return this.#find(id)
  }

  #release(slot: Slot): void {
    slot.users -= 1
    this.#waiting.shift()?.()
  }
}
