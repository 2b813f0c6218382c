/** How the next deliveries go wrong, for tests and demos. */
export type DeliveryFault = {
  /** The next so many are never sent. */
  readonly lose: number
  /** The next so many are sent this late. */
  readonly delay: { readonly times: number; readonly ms: number }
  /** The next so many are sent twice. */
  readonly double: number
}

const none: DeliveryFault = { lose: 0, delay: { times: 0, ms: 0 }, double: 0 }

/** Counts the faults down, one delivery at a time. */
export class DeliveryFaults {
  #left = none

  set(fault: Partial<DeliveryFault>): void {
    this.#left = { ...none, ...fault }
  }

  /** What becomes of one delivery. */
  take(): { readonly lose: boolean; readonly delay_ms: number; readonly copies: number } {
    const { lose, delay, double } = this.#left
    this.#left = {
      lose: Math.max(0, lose - 1),
      delay: { ...delay, times: Math.max(0, delay.times - 1) },
      double: Math.max(0, double - 1),
    }
    return { lose: lose > 0, delay_ms: delay.times > 0 ? delay.ms : 0, copies: double > 0 ? 2 : 1 }
  }
}
