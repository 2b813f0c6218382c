import { join } from 'node:path'
import { revive, unfinishedInstances } from '../../../scripts/embedded/workflows.ts'
import type { Unfinished } from '../../../scripts/embedded/workflows.ts'
import type { Instance } from './instance.ts'
import { workflowBinding } from './names.ts'
import type { Plan } from './plan.ts'

/** Wakes the instances of Workflows that a restart of the runtime has left asleep: none does it by itself. */
export class Revival {
  readonly #instance: Instance
  readonly #stopping = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(instance: Instance) {
    this.#instance = instance
  }

  /** Waits until what was begun after the last start has ended: another start would leave it half done. */
  async settle(): Promise<void> {
    await this.#ended
  }

  /** The instances of a plan that have something left to do, read before the runtime starts with it. */
  unfinished({ workflows }: Plan, folder: string): Unfinished[] {
    return unfinishedInstances(
      workflows.map(({ name }) => ({ name, binding: workflowBinding(name) })),
      join(folder, 'runtime'),
    )
  }

  /** Wakes them in the runtime that has just started. */
  wake(instances: readonly Unfinished[]): void {
    this.#ended = revive(() => this.#instance.workflows(), instances, this.#stopping.signal).catch((error: unknown) => {
      console.error('Workflow instances could not be revived:', error)
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }
}
