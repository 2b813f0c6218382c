import { randomUUID } from 'node:crypto'
import { organizationJson, userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import type { Site } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { hookRepositoryJson } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { DeliveryFaults } from './faults.ts'
import { Hook } from './schema.ts'

/** Something that happened, with what its webhook body says beside `repository`, `organization` and `sender`. */
export type Happening = {
  readonly name: string
  readonly action?: string
  readonly repository?: Repository
  /** Only for what belongs to an organisation and to no repository. */
  readonly organization?: Account
  readonly sender: Account
  readonly body: Json
  /** Only this hook hears of it: a ping or a test. */
  readonly only?: Hook
}

export type Raised = Happening & { readonly id: number; readonly guid: string; readonly payload: Json }

// GitHub delivers nothing that is larger.
const largest = 25 * 1024 * 1024

/** Raises events: as rows, in the transaction of what happened, so that neither exists without the other. */
export class Events {
  readonly #store: Store
  readonly #site: Site
  readonly #faults: DeliveryFaults
  readonly #now: () => number
  readonly #listeners: ((event: Raised) => void)[] = []
  #wake: () => void = () => {}

  constructor(store: Store, site: Site, faults: DeliveryFaults, now: () => number) {
    this.#store = store
    this.#site = site
    this.#faults = faults
    this.#now = now
  }

  /** Hears of every event inside its transaction, as `on: push` of a workflow does. What it writes is part of it. */
  listen(listener: (event: Raised) => void): void {
    this.#listeners.push(listener)
  }

  /** Is told when deliveries wait. */
  onDue(wake: () => void): void {
    this.#wake = wake
  }

  /** Stores an event and a delivery for each hook that asked for it. */
  raise(happening: Happening): Raised {
    const guid = randomUUID()
    const payload = this.#payloadOf(happening)
    const body = JSON.stringify(payload)
    const { name, action = null, repository, sender } = happening
    return this.#store.transact(() => {
      const id = this.#store.insert('events', {
        guid,
        name,
        action,
        repository_id: repository?.id ?? null,
        organization_id: organizationOf(happening)?.id ?? null,
        actor_id: sender.id,
        body,
        created_at: this.#now(),
      })
      const raised = { ...happening, id, guid, payload }
      if (Buffer.byteLength(body) <= largest)
        for (const hook of this.#hooksFor(happening)) this.deliver(hook.id, id, false)
      if (!happening.only) for (const listener of this.#listeners) listener(raised)
      return raised
    })
  }

  /** Puts one event on its way to one hook. */
  deliver(hook: number, event: number, redelivery: boolean): void {
    const at = this.#now()
    const { lose, delay_ms, copies } = this.#faults.take()
    this.#store.insert('deliveries', {
      hook_id: hook,
      event_id: event,
      redelivery,
      due_at: at + delay_ms,
      copies,
      lose,
      created_at: at,
    })
    this.#store.afterCommit(() => this.#wake())
  }

  #payloadOf({ action, repository, organization, sender, body }: Happening): Json {
    return {
      ...(action === undefined ? {} : { action }),
      ...body,
      ...(repository ? hookRepositoryJson(this.#store, this.#site, repository) : {}),
      ...(organization ? { organization: organizationJson(this.#site, organization) } : {}),
      ...('repository' in body ? { repository: body['repository'] } : {}),
      sender: userJson(this.#site, sender),
    }
  }

  #hooksFor(happening: Happening): Hook[] {
    if (happening.only) return [happening.only]
    const { name, repository } = happening
    const owner = organizationOf(happening)
    return this.#store
      .all(
        sql`select * from hooks where active = 1
          and (repository_id = ${repository?.id ?? -1} or organization_id = ${owner?.id ?? -1}) order by id limit 1000`,
        Hook,
      )
      .filter(({ events }) => events.includes(name) || events.includes('*'))
  }
}

function organizationOf({ repository, organization }: Happening): Account | null {
  if (repository?.owner.type === 'Organization') return repository.owner
  return organization ?? null
}
