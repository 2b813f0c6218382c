import { ApiError } from '../envelope.ts'
import { isFromInside } from './caller.ts'
import type { Gate } from './gate.ts'
import type { Bucket, Database, Instance, Namespace } from './instance.ts'
import { Objects } from './objects.ts'
import { paths } from './protocol.ts'
import type { R2Listing } from './protocol.ts'
import { Slots } from './slots.ts'
import type { Kind } from './slots.ts'

/** D1 says so of a query that takes too long. */
function timedOut(kind: Kind): ApiError {
  const message = 'D1 DB storage operation exceeded timeout which caused object to be reset.'
  return kind === 'd1'
    ? new ApiError(400, { code: 7500, message })
    : new ApiError(503, { code: 10_001, message: 'Service temporarily unavailable' })
}

/** The API's own way to databases, namespaces and buckets, also to those that no script binds. */
export class Storage {
  readonly #instance: Instance
  readonly #gate: Gate
  #slots: Readonly<Record<Kind, Slots>>
  readonly #running = new Set<() => void>()

  constructor(instance: Instance, gate: Gate) {
    this.#instance = instance
    this.#gate = gate
    this.#slots = this.#fresh()
  }

  /** A runtime that has just started has forgotten what its slots stood for. */
  forget(): void {
    this.#slots = this.#fresh()
  }

  /** Ends what is under way: the runtime is stuck and will be killed. */
  breakOff(): void {
    for (const fail of this.#running) fail()
  }

  async database<Result>(id: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    return this.#with('d1', id, async (name) => work(await this.#instance.database(name)))
  }

  async namespace<Result>(id: string, work: (namespace: Namespace) => Promise<Result>): Promise<Result> {
    return this.#with('kv', id, async (name) => work(await this.#instance.namespace(name)))
  }

  async bucket<Result>(name: string, work: (bucket: Bucket) => Promise<Result>): Promise<Result> {
    return this.#with('r2', name, async (slot) => work(await this.#instance.bucket(slot)))
  }

  /** A page of a bucket's objects. */
  async objects(bucket: string, options: R2Listing): Promise<Objects> {
    return this.#with('r2', bucket, async (slot) => Objects.parse(await this.#instance.objects(slot, options)))
  }

  /** Counts as running work: a change of the runtime waits for it, and it waits for a change. */
  async #with<Result>(kind: Kind, id: string, work: (slot: string) => Promise<Result>): Promise<Result> {
    const leave = await this.#gate.enter(null, isFromInside())
    try {
      const { name, release } = await this.#slots[kind].take(id)
      try {
        return await this.#unlessBroken(kind, work(name))
      } finally {
        release()
      }
    } finally {
      leave()
    }
  }

  async #unlessBroken<Result>(kind: Kind, work: Promise<Result>): Promise<Result> {
    const { promise: broken, reject } = Promise.withResolvers<never>()
    const fail = () => reject(timedOut(kind))
    this.#running.add(fail)
    return Promise.race([work, broken]).finally(() => this.#running.delete(fail))
  }

  #fresh(): Record<Kind, Slots> {
    const assign = (kind: Kind) => async (slot: string, id: string) => {
      const { ok } = await this.#instance.call(paths.slot, { kind, slot, id })
      if (!ok) throw new Error(`The storage of ${id} cannot be reached.`)
    }
    return { kv: new Slots('kv', assign('kv')), d1: new Slots('d1', assign('d1')), r2: new Slots('r2', assign('r2')) }
  }
}
