import type { Work } from '../front/app.ts'
import type { World } from '../world.ts'
import { Bindings } from './bindings.ts'
import { followFiles } from './catalog.ts'
import { Runner } from './runner.ts'
import { noteOccasions, settleOccasions } from './triggers.ts'

/** Everything of one GitHub that runs workflows. */
export class Actions implements Work {
  readonly bindings: Bindings
  readonly runner: Runner
  readonly #world: World
  #settling: Promise<void> | null = null
  #isDue = false
  #isOpen = false

  constructor(world: World) {
    this.#world = world
    this.bindings = new Bindings(world.options.runner)
    this.runner = new Runner(world, this.bindings)
    followFiles(world)
    noteOccasions(world, () => this.wake())
  }

  /** From now on occasions are looked at and jobs are run, those of before a stop first. */
  start(): this {
    this.#isOpen = true
    this.wake()
    return this
  }

  /** Something happened at which workflows may start. */
  wake(): void {
    this.#isDue = true
    if (!this.#isOpen || this.#settling) return
    this.#settling = this.#settle().finally(() => {
      this.#settling = null
      if (this.#isDue) this.wake()
    })
  }

  async #settle(): Promise<void> {
    this.#isDue = false
    await settleOccasions(this.#world, this.bindings).catch(console.error)
    if (this.#isOpen) this.runner.wake()
  }

  async stop(): Promise<void> {
    this.#isOpen = false
    await this.#settling
    await this.runner.stop()
  }
}

const known = new WeakMap<World, Actions>()

/** The one that belongs to a world. */
export function actionsOf(world: World): Actions {
  const found = known.get(world)
  if (found) return found
  const made = new Actions(world)
  known.set(world, made)
  return made
}
