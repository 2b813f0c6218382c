import { z } from 'zod'
import type { Token } from '../identity/queries.ts'
import type { Store } from '../store.ts'
import { actionOf, resourceIn } from './resource.ts'

/** A call that meant to change something, and its answer. */
export type Change = {
  readonly id: string
  readonly at: number
  readonly method: string
  /** Below `/client/v4`. */
  readonly path: string
  readonly query: string
  readonly ray: string
  readonly agent: string
  readonly address: string
  readonly caller: Token
  readonly response: Response
}

/** Calls that are written like changes but only read or test something. */
const onlyReads = /^\/(graphql|accounts\/[^/]+\/workers\/observability\/telemetry\/)|\/pages\/assets\/|\/preview$/

/** Writes a change down for who asks later. It is not part of the change: a kill between the two loses the note. */
export async function record(store: Store, change: Change): Promise<void> {
  const { id, at, method, path, query, ray, agent, address, caller, response } = change
  if (onlyReads.test(path)) return
  const resource = resourceIn(path)
  const isCreated = method === 'POST' && resource.id === null && response.ok
  const values = {
    id,
    at,
    method,
    ray,
    agent,
    uri: path + query,
    status: response.status,
    ip: address,
    action: actionOf(method, resource),
    result: response.ok ? 'success' : 'failure',
    actor_type: caller.kind,
    token_id: caller.id,
    token_name: caller.name,
    product: resource.product,
    type: resource.type,
    scope: resource.scope,
    zone: resource.zone,
    resource: isCreated ? await idIn(response) : resource.id,
  }
  const names = Object.keys(values)
  store.run(
    `insert into audit_log (${names.join(', ')}) values (${names.map((name) => `:${name}`).join(', ')})`,
    values,
  )
}

const Named = z.object({
  result: z.object({
    id: z.string().optional(),
    uuid: z.string().optional(),
    queue_id: z.string().optional(),
    name: z.string().optional(),
  }),
})

/** The id that an answer gives to what was made. */
async function idIn(response: Response): Promise<string | null> {
  if (!response.headers.get('content-type')?.startsWith('application/json')) return null
  const made = Named.safeParse(await response.clone().json())
  if (!made.success) return null
  const { id, uuid, queue_id: queue, name } = made.data.result
  return id ?? uuid ?? queue ?? name ?? null
}
