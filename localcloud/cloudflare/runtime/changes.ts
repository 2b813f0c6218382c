import { isFromInside } from './caller.ts'

type Undo = () => void

/** Makes a change: `seal` is called when nobody may join it any more, and says what to take back if it fails. */
type Make = (seal: () => readonly Undo[]) => Promise<void>
type Change = { readonly undos: Undo[]; readonly done: Promise<void> }

/** Changes of the runtime go one after another; those that are asked for before one has begun become part of it. */
export class Changes {
  readonly #make: Make
  #next: Change | null = null
  #last: Promise<void> = Promise.resolve()

  constructor(make: Make) {
    this.#make = make
  }

  /**
   * Asks for a change. A call from inside is not kept waiting: its caller is among the requests that have to end first.
   * @param undo takes back what was stored, in case that the runtime does not start with it.
   */
  async ask(undo: Undo): Promise<void> {
    const change = (this.#next ??= this.#begin())
    change.undos.unshift(undo)
    if (!isFromInside()) return change.done
    change.done.catch((error: unknown) => console.error('A change of the runtime was taken back:', error))
    return undefined
  }

  /** Does something between two changes. */
  async between(work: () => Promise<void>): Promise<void> {
    const done = this.#after(this.#last, work)
    this.#last = done.catch(() => {})
    await done
  }

  /** Waits for what has been asked for. */
  async settle(): Promise<void> {
    await this.#last
  }

  #begin(): Change {
    const undos: Undo[] = []
    const seal = () => {
      this.#next = null
      return undos
    }
    const done = this.#after(this.#last, () => this.#make(seal))
    this.#last = done.catch(() => {})
    return { undos, done }
  }

  async #after(before: Promise<void>, work: () => Promise<void>): Promise<void> {
    await before
    await work()
  }
}
