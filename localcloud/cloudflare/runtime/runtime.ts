import { join } from 'node:path'
import { Log, LogLevel, Miniflare } from 'miniflare'
import type { MiniflareOptions } from 'miniflare'
import { persistence } from '../../../scripts/embedded/options.ts'
import { withoutSignals } from '../../../scripts/embedded/signals.ts'
import type { Store } from '../store.ts'
import { Gate } from './gate.ts'
import { resourcesOf } from './resources.ts'
import type { Resources } from './resources.ts'

/** The Worker that binds every database, namespace and bucket, for the API's own reads and writes. */
const system = 'throughline:system'
const closed = 'export default { fetch: () => new Response(null, { status: 404 }) }'

/** How long requests that run may go on before the runtime is changed under them. */
const drainMs = 5000

type Bound<Kind extends 'getD1Database' | 'getKVNamespace' | 'getR2Bucket'> = Awaited<ReturnType<Miniflare[Kind]>>
export type Database = Bound<'getD1Database'>
export type Namespace = Bound<'getKVNamespace'>
export type Bucket = Bound<'getR2Bucket'>

/**
 * What is deployed runs here: one workerd for all scripts. A change of the set restarts it, so changes go one after
 * another, requests wait for them, and running ones get time to end.
 */
export class Runtime {
  readonly #store: Store
  readonly #folder: string
  readonly #gate = new Gate()
  #mf: Miniflare | null = null
  #running: Resources = { databases: [], namespaces: [], buckets: [] }
  #changes: Promise<void> = Promise.resolve()

  constructor(store: Store, folder: string) {
    this.#store = store
    this.#folder = join(folder, 'runtime')
  }

  async start(): Promise<void> {
    const options = this.#options()
    const mf = withoutSignals(() => new Miniflare(options))
    await mf.ready
    this.#mf = mf
  }

  async stop(): Promise<void> {
    await this.#changes
    await this.#mf?.dispose()
  }

  /** Puts what the store holds into the running instance. Changes are made one after another. */
  async reload(): Promise<void> {
    const change = this.#change(this.#changes)
    this.#changes = change.catch(() => {})
    await change
  }

  async #change(before: Promise<void>): Promise<void> {
    await before
    this.#gate.close()
    try {
      await this.#gate.drain(drainMs)
      await this.#mf?.setOptions(this.#options())
    } finally {
      this.#gate.open()
    }
  }

  /** Runs a query against a database that the store has. */
  async database<Result>(id: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    return this.#with('databases', id, (mf) => mf.getD1Database(`d1:${id}`, system).then(work))
  }

  async namespace<Result>(id: string, work: (namespace: Namespace) => Promise<Result>): Promise<Result> {
    return this.#with('namespaces', id, (mf) => mf.getKVNamespace(`kv:${id}`, system).then(work))
  }

  async bucket<Result>(name: string, work: (bucket: Bucket) => Promise<Result>): Promise<Result> {
    return this.#with('buckets', name, (mf) => mf.getR2Bucket(`r2:${name}`, system).then(work))
  }

  async #with<Result>(kind: keyof Resources, id: string, work: (mf: Miniflare) => Promise<Result>): Promise<Result> {
    if (!this.#running[kind].includes(id)) await this.reload()
    const leave = await this.#gate.enter()
    try {
      if (!this.#mf) throw new Error('The runtime has not started.')
      return await work(this.#mf)
    } finally {
      leave()
    }
  }

  #options(): MiniflareOptions {
    const resources = resourcesOf(this.#store)
    this.#running = resources
    return {
      ...persistence(this.#folder),
      kvPersist: true,
      cf: false,
      logRequests: false,
      log: new Log(LogLevel.ERROR),
      workers: [
        {
          name: system,
          modules: true,
          script: closed,
          compatibilityDate: '2026-07-01',
          d1Databases: named('d1', resources.databases),
          kvNamespaces: named('kv', resources.namespaces),
          r2Buckets: named('r2', resources.buckets),
        },
      ],
    }
  }
}

function named(kind: string, ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [`${kind}:${id}`, id]))
}
