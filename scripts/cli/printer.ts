import { once } from 'node:events'

/** As much as is written at once, in characters. */
const piece = 65_536

/** Prints lines in pieces: a write for each of 100,000 lines would take longer than all else. */
export class Printer {
  #pending = ''
  #isDue = false

  /** Waits for a slow reader, so that what it has not read yet is not held here. */
  async print(line: string): Promise<void> {
    this.#pending += `${line}\n`
    if (this.#pending.length >= piece) return this.flush()
    if (this.#isDue) return
    this.#isDue = true
    // Runs when no further line has arrived with this one.
    setImmediate(() => {
      this.#isDue = false
      this.#write()
    })
  }

  async flush(): Promise<void> {
    if (!this.#write()) await once(process.stdout, 'drain')
  }

  #write(): boolean {
    const text = this.#pending
    this.#pending = ''
    return text === '' || process.stdout.write(text)
  }
}
