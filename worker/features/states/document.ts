import { z } from '@hono/zod-openapi'
import type { Interest, Listener, Path, Place } from './json-listener.ts'
import { JsonScanner } from './json-scanner.ts'

/** What a state says of itself. Encrypted ones (OpenTofu) keep serial and lineage in clear and nothing else. */
export const Header = z.object({
  version: z.int().nullable(),
  serial: z.int().min(0),
  lineage: z.string().min(1).max(200),
  terraform_version: z.string().max(100).nullable(),
  encrypted: z.boolean(),
})
export type Header = z.infer<typeof Header>

/** A resource block of a state, before its instances: Terraform writes these members first. */
export type Block = { readonly [member: string]: unknown }

/** Who reads a state's content. Without `instance` the instances are only counted. */
export type Reader = {
  instance?(block: Block, instance: unknown): void
  output?(name: string, output: unknown): void
}

const headerMembers = new Set(['version', 'serial', 'lineage', 'terraform_version'])

/** What Terraform writes of a resource before its instances. */
const told = ['mode', 'type', 'name', 'provider']

/** Reads a Terraform state (format 4, `internal/states/statefile/version4.go`) as its bytes arrive. */
export class StateDocument implements Listener {
  readonly #scanner = new JsonScanner(this)
  readonly #members: Record<string, unknown> = {}
  readonly #reader: Reader
  #block: Record<string, unknown> = {}
  /** Instances that came before what they are instances of: a tool that sorts members writes them so. */
  #early: unknown[] = []
  #uncounted = 0
  /** Where the state's own serial stands; of several the last, as it is the last that counts. */
  serialAt: Place | null = null
  /** Managed instances seen; data sources are no resources of ours. */
  instances = 0

  constructor(reader: Reader = {}) {
    this.#reader = reader
  }

  /** @throws MalformedJson */
  write(bytes: Uint8Array): void {
    this.#scanner.write(bytes)
  }

  /** @throws MalformedJson when the document is cut off */
  end(): void {
    this.#scanner.end()
    this.#endBlock()
  }

  /** The header, or null when serial or lineage are missing: then it is no state. */
  header(): Header | null {
    const { version = null, terraform_version = null, serial, lineage } = this.#members
    const encrypted = 'encrypted_data' in this.#members
    const parsed = Header.safeParse({ version, terraform_version, serial, lineage, encrypted })
    return parsed.success ? parsed.data : null
  }

  interest(path: Path): Interest {
    if (path.length === 0) return 'enter'
    if (path[0] === 'resources') return this.#interestInResources(path)
    if (path[0] === 'outputs') return this.#interestInOutputs(path)
    // Noted even when it is not kept: that a member is there tells an encrypted state.
    this.#members[String(path[0])] ??= null
    return headerMembers.has(String(path[0])) ? 'capture' : 'skip'
  }

  #interestInResources(path: Path): Interest {
    if (path.length === 2) this.#endBlock()
    if (path.length < 3) return 'enter'
    if (path[2] !== 'instances') return 'capture'
    return path.length === 3 ? 'enter' : this.#interestInInstance()
  }

  #interestInOutputs(path: Path): Interest {
    if (!this.#reader.output) return 'skip'
    return path.length === 1 ? 'enter' : 'capture'
  }

  #interestInInstance(): Interest {
    if (!this.#isTold()) this.#uncounted += 1
    else if (this.#block['mode'] !== 'data') this.instances += 1
    return this.#reader.instance ? 'capture' : 'skip'
  }

  captured(path: Path, value: unknown, place: Place): void {
    const [member, , inner] = path
    if (member === 'outputs') this.#reader.output?.(String(path[1]), value)
    else if (member !== 'resources') this.#own(String(member), value, place)
    else if (path.length === 3) this.#block[String(inner)] = value
    else if (this.#isTold()) this.#reader.instance?.(this.#block, value)
    else this.#early.push(value)
  }

  #own(member: string, value: unknown, place: Place): void {
    this.#members[member] = value
    if (member === 'serial') this.serialAt = place
  }

  #isTold(): boolean {
    return told.every((member) => member in this.#block)
  }

  #endBlock(): void {
    if (this.#block['mode'] !== 'data') this.instances += this.#uncounted
    for (const instance of this.#early) this.#reader.instance?.(this.#block, instance)
    this.#block = {}
    this.#early = []
    this.#uncounted = 0
  }
}
