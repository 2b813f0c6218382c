import { appendFileSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { makeFolder, removeFolder } from './folder.ts'

/** What the memory takes over when the disk does not: so many bytes of one run. */
const memoryLimit = 16_000_000

/** What can be sent, in the order in which the server needs it. */
const kinds = [/^context\.json$/, /^\d{6}\.ndjson$/, /^plan-\d\.json$/, /^finish\.json$/]

/** A file, taken apart. */
export type Parts = { readonly refused: string; readonly rest: string }

/** Where the records of a user's runs wait until they are delivered: a folder of folders. */
export function spoolHome(home: string): string {
  return join(home, 'spool')
}

/** The record of one run on its way to the server: small files, each whole or absent. A disk that fails loses nothing. */
export class Spool {
  #folder: string
  readonly #memory = new Map<string, Buffer>()
  readonly #names = new Set<string>()
  #memoryBytes = 0
  /** Why the server refused the first file that it did. */
  refusal: string | null = null

  /** A new one, or what an earlier process has left in the folder. */
  constructor(folder: string) {
    this.#folder = folder
    for (const name of namesIn(folder)) this.#names.add(name)
  }

  get folder(): string {
    return this.#folder
  }

  /** Keeps a file. @returns false when neither the disk nor the memory takes it. */
  put(name: string, content: string | Buffer): boolean {
    this.#forget(name)
    if (!this.#write(name, content) && !this.#remember(name, content)) return false
    this.#names.add(name)
    return true
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** What waits to be sent. */
  waiting(): string[] {
    return kinds.flatMap((kind) => [...this.#names].filter((name) => kind.test(name)).toSorted())
  }

  read(name: string): Buffer | null {
    try {
      return this.#memory.get(name) ?? readFileSync(join(this.#folder, name))
    } catch {
      return null
    }
  }

  remove(name: string): void {
    this.#names.delete(name)
    if (!this.#forget(name)) rmSync(join(this.#folder, name), { force: true })
  }

  /** How long nothing was written, in milliseconds. */
  silentFor(now: number): number {
    return now - (statSync(this.#folder, { throwIfNoEntry: false })?.mtimeMs ?? now)
  }

  /** Whether what is left would be gone with this process. */
  get isVolatile(): boolean {
    return this.#memory.size > 0
  }

  /** Ends it: all was delivered. */
  clear(): void {
    this.#names.clear()
    this.#memory.clear()
    removeFolder(this.#folder)
  }

  /** Puts one file aside that the server will never take, with the reason. */
  refuse(name: string, reason: string): void {
    const content = this.read(name)
    this.remove(name)
    this.#putAside(name, content ?? '', reason)
  }

  /** Puts a line of a file aside, and keeps the others. */
  refusePart(name: string, { refused, rest }: Parts, reason: string): void {
    if (this.put(name, rest)) this.#putAside(name, `${refused}\n`, reason)
    else this.refuse(name, reason)
  }

  #putAside(name: string, content: string | Buffer, reason: string): void {
    this.refusal ??= reason
    attempt(() => {
      makeFolder(this.#aside)
      appendFileSync(join(this.#aside, name), content, { mode: 0o600 })
      appendFileSync(join(this.#aside, 'problem.txt'), `${name}: ${reason}\n`, { mode: 0o600 })
    })
  }

  /** Puts the whole aside: nothing of it can ever be delivered. What comes now goes there, too. */
  refuseAll(reason: string): void {
    attempt(() => {
      writeFileSync(join(this.#folder, 'problem.txt'), `${reason}\n`, { mode: 0o600 })
      makeFolder(dirname(this.#aside))
      renameSync(this.#folder, this.#aside)
      this.#folder = this.#aside
    })
  }

  get #aside(): string {
    return join(dirname(dirname(this.#folder)), 'rejected', basename(this.#folder))
  }

  /** Written beside and renamed, so that a crash leaves the whole file or none. */
  #write(name: string, content: string | Buffer): boolean {
    const draft = join(this.#folder, `.${name}`)
    return attempt(() => {
      makeFolder(this.#folder)
      writeFileSync(draft, content, { mode: 0o600 })
      renameSync(draft, join(this.#folder, name))
    })
  }

  #forget(name: string): boolean {
    this.#memoryBytes -= this.#memory.get(name)?.length ?? 0
    return this.#memory.delete(name)
  }

  #remember(name: string, content: string | Buffer): boolean {
    const bytes = Buffer.from(content)
    if (this.#memoryBytes + bytes.length > memoryLimit) return false
    this.#memory.set(name, bytes)
    this.#memoryBytes += bytes.length
    return true
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}

/** Whether it could be done. */
function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
