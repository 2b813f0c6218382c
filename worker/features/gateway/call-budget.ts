import { z } from '@hono/zod-openapi'
import { DurableObject } from 'cloudflare:workers'
import { now } from '../../platform/clock.ts'
import { counted, shareOf } from './budget.ts'
import type { Share, Slice } from './budget.ts'

const Stored = z.object({
  slices: z.array(z.object({ from: z.int(), calls: z.record(z.string(), z.int()) })),
  lockedUntil: z.int(),
})

/** Counts the account's calls of Cloudflare's API, for every instance of this Worker. */
export class CallBudget extends DurableObject<Env> {
  #slices: readonly Slice[] = []
  #lockedUntil = 0

  constructor(context: DurableObjectState, env: Env) {
    super(context, env)
    void context.blockConcurrencyWhile(async () => {
      const stored = Stored.safeParse(await context.storage.get('budget')).data
      this.#slices = stored?.slices ?? []
      this.#lockedUntil = stored?.lockedUntil ?? 0
    })
  }

  /** Takes calls for a client: they count as made. */
  take(client: string, wanted: number, isRoot: boolean): Share {
    const at = now()
    if (this.#lockedUntil > at) return { granted: 0, wait: this.#lockedUntil - at }
    const share = shareOf(this.#slices, client, wanted, at, isRoot)
    if (share.granted > 0) {
      this.#slices = counted(this.#slices, client, share.granted, at)
      this.#store()
    }
    return share
  }

  /** Notes that Cloudflare itself refuses calls for so many milliseconds. */
  lock(milliseconds: number): void {
    this.#lockedUntil = Math.max(this.#lockedUntil, now() + milliseconds)
    this.#store()
  }

  #store(): void {
    const budget = { slices: this.#slices, lockedUntil: this.#lockedUntil }
    // Nobody waits for the disk: a count that is lost with the machine costs less than a pause in every tenth call.
    this.ctx.waitUntil(this.ctx.storage.put('budget', budget, { allowUnconfirmed: true }))
  }
}
