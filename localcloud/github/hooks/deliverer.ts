import type { World } from '../world.ts'

/** Sends what is due. */
export class Deliverer {
  readonly #world: World
  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    this.#world.events.onDue(() => {})
  }

  async stop(): Promise<void> {}
}
