import { z } from 'zod'
import { sql } from '../platform/sql.ts'
import type { World } from '../world.ts'
import { post, requestFor } from './post.ts'
import type { Outcome, Prepared } from './post.ts'
import { Delivery, Event, Hook } from './schema.ts'

const Due = z.object({ id: z.number(), due_at: z.number() })

/** GitHub keeps deliveries, and what they delivered, this long. */
const kept = 3 * 24 * 3_600_000
const sweepEvery = 3_600_000
const atOnce = 20

/**
 * Sends what is due. A delivery is a row before it is sent and done only once its outcome is stored, so a restart sends
 * again what a kill interrupted, under the same id.
 */
export class Deliverer {
  readonly #world: World
  readonly #running = new Map<number, Promise<void>>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #sweeper: NodeJS.Timeout | undefined

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    this.#world.events.onDue(() => this.#wake())
    this.#sweep()
    this.#sweeper = setInterval(() => this.#sweep(), sweepEvery).unref()
    this.#wake()
  }

  /** What is on its way is cut off, and sent again after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#timer)
    clearInterval(this.#sweeper)
    await Promise.all(this.#running.values())
  }

  #wake(): void {
    if (this.#stop.signal.aborted) return
    const { store, now } = this.#world
    clearTimeout(this.#timer)
    const waiting = store.all(
      sql`select id, due_at from deliveries where delivered_at is null order by due_at, id limit ${atOnce * 2}`,
      Due,
    )
    const due = waiting.filter(({ id, due_at }) => due_at <= now() && !this.#running.has(id))
    for (const { id } of due.slice(0, Math.max(0, atOnce - this.#running.size))) this.#begin(id)
    const later = waiting.find(({ due_at }) => due_at > now())
    if (later) this.#timer = setTimeout(() => this.#wake(), later.due_at - now())
  }

  #begin(id: number): void {
    const done = this.#deliver(id)
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        this.#running.delete(id)
        this.#wake()
      })
    this.#running.set(id, done)
  }

  async #deliver(id: number): Promise<void> {
    const { store } = this.#world
    const delivery = store.first(sql`select * from deliveries where id = ${id}`, Delivery)
    const hook = delivery && store.first(sql`select * from hooks where id = ${delivery.hook_id}`, Hook)
    const event = delivery && store.first(sql`select * from events where id = ${delivery.event_id}`, Event)
    if (!delivery || !hook || !event) return
    const prepared = requestFor(hook, event)
    const outcome = delivery.lose ? lost : await post(prepared, this.#stop.signal)
    if (outcome === null) return
    for (let copy = 1; copy < delivery.copies; copy += 1) await post(prepared, this.#stop.signal)
    this.#remember(delivery, hook, prepared, outcome)
  }

  #remember({ id }: Delivery, hook: Hook, { headers }: Prepared, outcome: Outcome): void {
    const { store, now } = this.#world
    store.transact(() => {
      store.update('deliveries', id, {
        delivered_at: now(),
        duration: outcome.seconds,
        status: outcome.status,
        status_code: outcome.code,
        url: hook.url,
        request_headers: JSON.stringify(headers),
        response_headers: JSON.stringify(outcome.headers),
        response_body: outcome.body,
      })
      const last_status = outcome.status === 'OK' ? 'active' : 'failed'
      store.update('hooks', hook.id, { last_code: outcome.code, last_status, last_message: outcome.status })
    })
  }

  #sweep(): void {
    const { store, now } = this.#world
    const before = now() - kept
    store.transact(() => {
      store.run(sql`delete from deliveries where created_at < ${before}`)
      store.run(sql`delete from events where created_at < ${before}`)
    })
  }
}

/** A delivery that never arrives: on GitHub's side it looks like a host that cannot be reached. */
const lost: Outcome = { status: 'failed to connect to host', code: 502, seconds: 0, headers: {}, body: '' }
