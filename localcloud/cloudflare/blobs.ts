import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Bytes by their hash. A blob is whole or absent, and is never changed, so that rows may name it before they commit. */
export class Blobs {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Keeps the bytes and returns their name. */
  put(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex')
    const file = this.path(hash)
    if (existsSync(file)) return hash
    mkdirSync(dirname(file), { recursive: true })
    const draft = `${file}.${randomUUID()}`
    writeFileSync(draft, bytes)
    renameSync(draft, file)
    return hash
  }

  get(hash: string): Buffer {
    return readFileSync(this.path(hash))
  }

  has(hash: string): boolean {
    return existsSync(this.path(hash))
  }

  drop(hash: string): void {
    rmSync(this.path(hash), { force: true })
  }

  /** Where the bytes lie; nobody writes there. */
  path(hash: string): string {
    return join(this.#folder, hash.slice(0, 2), hash)
  }
}
