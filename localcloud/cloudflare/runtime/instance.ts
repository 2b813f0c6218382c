import type { Readable } from 'node:stream'
import type { Miniflare, MiniflareOptions } from 'miniflare'
import { makeMiniflare } from '../../../scripts/embedded/miniflare.ts'
import { system } from './names.ts'
import { headers, paths } from './protocol.ts'
import type { R2Listing } from './protocol.ts'

type Getter = 'getD1Database' | 'getKVNamespace' | 'getR2Bucket'
type Got<Name extends Getter> = Awaited<ReturnType<Miniflare[Name]>>
export type Database = Got<'getD1Database'>
export type Namespace = Got<'getKVNamespace'>
export type Bucket = Got<'getR2Bucket'>
/** The system Worker's slots as objects of this process. */
type Slots = {
  readonly databases: Record<string, Database | undefined>
  readonly namespaces: Record<string, Namespace | undefined>
  readonly buckets: Record<string, Bucket | undefined>
}

function there<Api>(binding: Api | undefined): Api {
  if (binding === undefined) throw new Error('The runtime lacks a binding that it should have.')
  return binding
}

/** An instance that could not start at all cannot be given other options either. */
async function started(options: MiniflareOptions): Promise<Miniflare> {
  const mf = makeMiniflare(options)
  try {
    await mf.ready
    return mf
  } catch (error) {
    await mf.dispose().catch(() => {})
    throw error
  }
}

/** The runtime's process, whichever options it has now. */
export class Instance {
  readonly #key: string
  readonly #output: string[] = []
  #mf: Miniflare | null = null
  #url = ''
  #slots: Promise<Slots> | null = null

  constructor(key: string) {
    this.#key = key
  }

  /** Where the system Worker listens. */
  get url(): string {
    return this.#url
  }

  async database(name: string): Promise<Database> {
    return there((await this.#slotsNow()).databases[name])
  }

  async namespace(name: string): Promise<Namespace> {
    return there((await this.#slotsNow()).namespaces[name])
  }

  async bucket(name: string): Promise<Bucket> {
    return there((await this.#slotsNow()).buckets[name])
  }

  /** A page of the objects of the bucket that a slot stands for, as JSON. */
  async objects(slot: string, options: R2Listing): Promise<unknown> {
    const response = await this.call(paths.objects, { slot, options })
    if (!response.ok) throw new Error(`The objects cannot be listed: ${response.status}.`)
    return response.json()
  }

  /** What the runtime's process last said about itself. */
  get lastWords(): string {
    return this.#output.join('')
  }

  /** Keeps the last pieces of what the process writes to its error output; what scripts print is in their traces. */
  readonly onOutput = (stdout: Readable, stderr: Readable): void => {
    stdout.resume()
    stderr.on('data', (piece) => {
      this.#output.push(String(piece))
      if (this.#output.length > 200) this.#output.splice(0, 100)
    })
  }

  /** Starts, or starts anew with other options. */
  async run(options: MiniflareOptions): Promise<void> {
    this.#output.length = 0
    if (this.#mf) await this.#mf.setOptions(options)
    else this.#mf = await started(options)
    await this.renew()
  }

  /** Finds its way to a process that is new. */
  async renew(): Promise<void> {
    this.#slots = null
    this.#url = this.#mf ? (await this.#mf.unsafeGetDirectURL(system)).origin : ''
  }

  /** Miniflare takes longer for these objects than for all the rest of a start: only whoever needs them waits. */
  async #slotsNow(): Promise<Slots> {
    const mf = this.#mf
    if (!mf) throw new Error('The runtime has not started.')
    this.#slots ??= (async () => ({
      databases: await mf.getBindings<Slots['databases']>(system),
      namespaces: await mf.getBindings<Slots['namespaces']>(system),
      buckets: await mf.getBindings<Slots['buckets']>(system),
    }))()
    return this.#slots
  }

  /** Asks the system Worker for something. */
  async call(path: string, body: unknown, milliseconds = 30_000): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { [headers.key]: this.#key },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(milliseconds),
    })
  }

  /** The services whose code may be run, if the runtime was started so that one can look into it. */
  async inspected(): Promise<URL | null> {
    return (await this.#mf?.getInspectorURL().catch(() => null)) ?? null
  }

  async stop(): Promise<void> {
    await this.#mf?.dispose().catch(() => {})
    this.#mf = null
  }
}
