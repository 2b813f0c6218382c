import type { Cloud } from '../cloud.ts'
import { paths } from '../runtime/protocol.ts'
import type { QueueCall } from '../runtime/protocol.ts'
import {
  consumersOf,
  countAttempt,
  delayMessage,
  deleteMessage,
  moveMessage,
  queueNamed,
  waitingIn,
} from './queries.ts'
import type { Consumer, Waiting } from './queries.ts'
import { BatchResult, fateOf, lost } from './verdict.ts'
import type { Fate } from './verdict.ts'

/** A Worker may take that long for a batch. */
const longestBatchMs = 15 * 60_000

/**
 * Brings queued messages to the Workers that consume them: one batch of a queue at a time, as soon as it is full or its
 * oldest message has waited long enough. The messages are rows: no change and no end of the runtime loses one.
 */
export class Deliveries {
  readonly #cloud: Pick<Cloud, 'store' | 'runtime' | 'now'>
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #busy = new Map<string, Promise<void>>()
  #stopped = false

  constructor(cloud: Pick<Cloud, 'store' | 'runtime' | 'now'>) {
    this.#cloud = cloud
  }

  /** Looks at every queue: after a start, and after consumers have changed. */
  wakeAll(): void {
    for (const { queue_id: queue } of consumersOf(this.#cloud.store)) this.wake(queue)
  }

  /** Looks at a queue now: something was sent to it, or somebody consumes it. */
  wake(queue: string): void {
    if (this.#stopped || this.#busy.has(queue)) return
    const consumer = consumersOf(this.#cloud.store).find((one) => one.queue_id === queue)
    const wait = consumer ? this.#waitFor(consumer) : null
    clearTimeout(this.#timers.get(queue))
    if (!consumer || wait === null) return
    if (wait > 0) {
      this.#timers.set(queue, setTimeout(() => this.wake(queue), Math.min(wait, 60_000)).unref())
      return
    }
    const delivery = this.#deliver(consumer)
      .catch((error: unknown) => console.error(`A batch of the queue ${consumer.queue_name} failed:`, error))
      .finally(() => {
        this.#busy.delete(queue)
        this.wake(queue)
      })
    this.#busy.set(queue, delivery)
  }

  /** Batches that run are waited for by whoever stops the runtime. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  /** Milliseconds until the next batch is due; null while there is nothing to deliver, or nobody to deliver it to. */
  #waitFor({ queue_id: queue, script, settings }: Consumer): number | null {
    const { store, runtime, now } = this.#cloud
    if (!runtime.plan.scripts.has(script)) return null
    const waiting = waitingIn(store, queue, settings.batch_size)
    const [first] = waiting
    if (!first) return null
    const at = now()
    const due = waiting.filter(({ visible_at: from }) => from <= at)
    if (due.length >= settings.batch_size) return 0
    if (due.length === 0) return first.visible_at - at
    return Math.max(0, first.visible_at + settings.max_wait_time_ms - at)
  }

  async #deliver(consumer: Consumer): Promise<void> {
    const { store, runtime, now } = this.#cloud
    const leave = await runtime.gate.enter(consumer.script)
    try {
      const at = now()
      const batch = waitingIn(store, consumer.queue_id, consumer.settings.batch_size)
        .filter(({ visible_at: from }) => from <= at)
        .map((message) => ({ ...message, attempts: message.attempts + 1 }))
      if (batch.length === 0) return
      store.transaction(() => batch.forEach(({ id }) => countAttempt(store, id)))
      this.#settle(consumer, batch, await this.#hand(consumer, batch))
    } finally {
      leave()
    }
  }

  async #hand({ script, queue_name: queue }: Consumer, batch: readonly Waiting[]): Promise<BatchResult> {
    const messages = batch.map(({ id, sent_at: timestamp, attempts, body, content_type: contentType }) => {
      return { id, timestamp, attempts, contentType, body: Buffer.from(body).toString('base64') }
    })
    const call: QueueCall = { script, queue, messages }
    try {
      const response = await this.#cloud.runtime.instance.call(paths.queue, call, longestBatchMs)
      return response.ok ? BatchResult.parse(await response.json()) : lost
    } catch {
      return lost
    }
  }

  #settle(consumer: Consumer, batch: readonly Waiting[], result: BatchResult): void {
    const { store, now } = this.#cloud
    const dead = consumer.dead_letter_queue === null ? null : queueNamed(store, consumer.dead_letter_queue)
    const at = now()
    const acts: Record<Fate['kind'], (message: Waiting, fate: Fate) => void> = {
      done: ({ id }) => deleteMessage(store, id),
      again: ({ id }, fate) => delayMessage(store, id, at + ('seconds' in fate ? fate.seconds * 1000 : 0)),
      dead: ({ id }) => (dead ? moveMessage(store, id, dead.id, at) : deleteMessage(store, id)),
    }
    store.transaction(() => {
      for (const message of batch) {
        const fate = fateOf(message, result, consumer.settings)
        acts[fate.kind](message, fate)
      }
    })
    if (dead) this.wake(dead.id)
  }
}
