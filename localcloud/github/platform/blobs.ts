import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes by their hash, beside the database. A file is whole from the moment it has its name. */
export class Blobs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true })
  }

  /** Keeps these bytes and tells their name: the same bytes are kept once. */
  put(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const path = join(this.#folder, hash)
    if (existsSync(path)) return hash
    const draft = join(this.#folder, `draft-${randomUUID()}`)
    writeFileSync(draft, bytes)
    renameSync(draft, path)
    return hash
  }

  get(hash: string): Buffer {
    return readFileSync(join(this.#folder, hash))
  }

  /** Removes what nobody names, once nobody can be about to. */
  sweep(known: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder)) if (!known.has(name)) rmSync(join(this.#folder, name))
  }
}
