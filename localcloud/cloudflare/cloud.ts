import type { Hono } from 'hono'
import type { Blobs } from './blobs.ts'
import type { Token } from './identity/queries.ts'
import type { Account } from './identity/tables.ts'
import type { Deliveries } from './queues/deliveries.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { Traces } from './runtime/traces.ts'
import type { Store, Tables } from './store.ts'
import type { Tails } from './tails/tails.ts'

/** What every product works with. */
export type Cloud = {
  readonly store: Store
  /** Everything is kept below it. */
  readonly folder: string
  readonly blobs: Blobs
  readonly runtime: Runtime
  /** Wake a queue after something was stored in it. */
  readonly queues: Deliveries
  /** Who watches scripts live. */
  readonly tails: Tails
  /** Refresh them after schedules have changed. */
  readonly crons: { readonly refresh: () => void }
  /** What deployed scripts tell of themselves. */
  readonly traces: Traces
  /** The account's row as it is now. */
  readonly account: () => Account
  readonly now: () => number
  /** Where this account listens, without a slash at the end. */
  readonly url: () => string
}

/** What a route knows about its call once it has been let through. */
export type Variables = {
  caller: Token
  ray: string
  /** Whether the caller holds any of these permission groups on what the call concerns. */
  holds: (groups: readonly string[]) => boolean
}

/** Routes below `/client/v4`. */
export type Api = Hono<{ Variables: Variables }>

/** One product of the account: its tables, and its routes on the shared front. */
export type Product = {
  readonly tables: Tables
  readonly routes?: (api: Api, cloud: Cloud) => void
  /** Puts right what an earlier end left half done, before the runtime starts. */
  readonly start?: (cloud: Cloud) => Promise<void> | void
}
