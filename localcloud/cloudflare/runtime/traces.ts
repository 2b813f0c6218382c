import type { Trace } from './host.ts'

/** Gets every trace of the scripts that it follows. */
export type Follower = { readonly key: string; readonly take: (events: readonly object[]) => void }

/** Traces for a consumer that does not run here, such as the control plane's own `tail` handler. */
export type OnTail = (consumer: string, events: readonly object[]) => void | Promise<void>

/** Brings what the runtime tells of scripts to those who follow them. */
export class Traces {
  readonly #followers = new Set<Follower>()
  readonly #onTail: OnTail
  readonly #onChange: () => void

  constructor(onTail: OnTail, onChange: () => void) {
    this.#onTail = onTail
    this.#onChange = onChange
  }

  /** The scripts that somebody follows. */
  get followed(): string[] {
    return [...new Set([...this.#followers].map(({ key }) => key))]
  }

  /** @returns how to stop following. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower)
    this.#onChange()
    return () => {
      if (this.#followers.delete(follower)) this.#onChange()
    }
  }

  take({ key, outside, events }: Trace): void {
    for (const follower of this.#followers) if (follower.key === key) follower.take(events)
    for (const consumer of outside) {
      void Promise.resolve(this.#onTail(consumer, events)).catch((error: unknown) => {
        console.error(`The traces for ${consumer} were not taken:`, error)
      })
    }
  }
}
