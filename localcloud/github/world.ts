import type { Context, Hono } from 'hono'
import type { Caller } from './accounts/schema.ts'
import type { Contexts } from './branches/contexts.ts'
import type { Faults } from './front/faults.ts'
import type { Limits } from './front/limits.ts'
import type { Guards } from './git/guards.ts'
import type { Refs } from './git/refs.ts'
import type { GitStore } from './git/repository.ts'
import type { Events } from './hooks/events.ts'
import type { DeliveryFaults } from './hooks/faults.ts'
import type { Site } from './platform/site.ts'
import type { Store } from './platform/store.ts'

/** How a GitHub is started. */
export type Options = {
  readonly host: string
  /** 0 takes any that is free. */
  readonly port: number
  /** A socket to listen on too, for clients such as gh that speak plain HTTP through one. */
  readonly socket?: string | undefined
  /** Where the state lives; one process at a time. */
  readonly folder: string
  /** The login of the user who owns everything at first. */
  readonly owner?: string | undefined
  /** The owner's token; without one the state makes and keeps its own. */
  readonly token?: string | undefined
  /** Where git and the commands of the runner are found, as in `PATH`. */
  readonly path: string
  /** A file that binds `workflow_dispatch` to commands of this machine. Without it nothing is ever run. */
  readonly runner?: string | undefined
  readonly now?: () => number
}

/** What a request finds in its context. */
export type Env = { readonly Variables: { caller: Caller | null; requestId: string } }
export type Call = Context<Env>
export type Routes = Hono<Env>

/** Everything a module works with. */
export type World = {
  readonly options: Options
  readonly store: Store
  readonly site: Site
  readonly git: GitStore
  readonly refs: Refs
  readonly guards: Guards
  readonly contexts: Contexts
  readonly events: Events
  readonly limits: Limits
  readonly faults: Faults
  readonly deliveryFaults: DeliveryFaults
  readonly now: () => number
}
