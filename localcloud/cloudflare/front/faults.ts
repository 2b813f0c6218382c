import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { ApiError } from '../envelope.ts'

/** A failure that was asked for: of which calls, how often, and what happens instead of or before the answer. */
export const Fault = z.object({
  method: z.string().optional(),
  /** Calls whose path below `/client/v4` contains this text. */
  path: z.string().default(''),
  times: z.int().min(1).default(1),
  delay_ms: z.int().min(0).max(60_000).default(0),
  /** Without it the call is only delayed. 0 cuts the connection without an answer. */
  status: z.union([z.literal(0), z.int().min(400).max(599)]).optional(),
  code: z.int().default(10_000),
  message: z.string().default('An unknown error has occurred'),
  retry_after: z.int().optional(),
})
export type Fault = z.infer<typeof Fault>

/** Thrown to cut the connection. */
export class Cut extends Error {
  override readonly name = 'Cut'
}

/** The faults that are on. Each is used up by the calls that it hits. */
export class Faults {
  #on: { fault: Fault; left: number }[] = []

  set(faults: readonly Fault[]): void {
    this.#on = faults.map((fault) => ({ fault, left: fault.times }))
  }

  list(): readonly Fault[] {
    return this.#on.map(({ fault, left }) => ({ ...fault, times: left }))
  }

  /** Waits and throws as the first fault that matches wants it. */
  async strike(method: string, path: string): Promise<void> {
    const entry = this.#on.find(({ fault }) => (fault.method ?? method) === method && path.includes(fault.path))
    if (!entry) return
    entry.left -= 1
    this.#on = this.#on.filter(({ left }) => left > 0)
    const { delay_ms: delay, status, code, message, retry_after: after } = entry.fault
    if (delay > 0) await pause(delay)
    if (status === 0) throw new Cut()
    if (status === undefined) return
    const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': String(after) }
    throw new ApiError(status, { code, message }, headers)
  }
}
