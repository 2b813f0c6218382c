import { randomUUID } from 'node:crypto'
import { eventually } from '../../worker/testing.ts'

type Init = { method?: string; json?: unknown }
type Reply = { readonly status: number; json(): Promise<unknown>; text(): Promise<string> }
/** Calls the server as root. */
export type Call = (path: string, init?: Init) => Promise<Reply>

export type Deployment = {
  readonly id: string
  readonly operation: string
  readonly status: string
  readonly [key: string]: unknown
}

type StoredState = {
  serial: number
  lineage: string
  resources: { type: string; name: string; instances: unknown[] }[]
}

/** What the server says of a state, and how it treats one. */
export function stateViews(call: Call) {
  async function stored(name: string): Promise<StoredState | null> {
    const response = await call(`/state/${name}`)
    return response.status === 404 ? null : ((await response.json()) as StoredState)
  }
  async function isFree(name: string): Promise<boolean> {
    const lock = { ID: randomUUID(), Operation: 'OperationTypePlan', Who: 'test' }
    const { status } = await call(`/state/${name}`, { method: 'LOCK', json: lock })
    await call(`/state/${name}`, { method: 'UNLOCK', json: lock })
    return status === 200
  }
  /** Who holds the state's lock, or null. */
  async function lockOf(name: string): Promise<Record<string, unknown> | null> {
    const response = await call(`/api/states/${encodeURIComponent(name)}`)
    return ((await response.json()) as { lock?: Record<string, unknown> | null }).lock ?? null
  }
  /** The same, as soon as somebody does. */
  async function locked(name: string): Promise<Record<string, unknown>> {
    const ask = async () => lockOf(name)
    return (await eventually(ask, (lock) => lock !== null, 15_000)) ?? {}
  }
  return { stored, isFree, lockOf, locked }
}

/** What the server tells of a state's runs. */
export function runViews(call: Call) {
  /** The state's deployments, newest first, once all have ended and there are `count`. */
  async function deployments(name: string, count = 1, ended = true): Promise<Deployment[]> {
    const list = async () => {
      const response = await call(`/api/deployments?state=${encodeURIComponent(name)}`)
      return ((await response.json()) as { deployments: Deployment[] }).deployments
    }
    const isOpen = ({ status }: Deployment) => status === 'in_progress'
    return eventually(list, (all) => all.length >= count && !(ended && all.some(isOpen)))
  }
  /** What a deployment did to each address. */
  async function changes(id: string): Promise<string[]> {
    const response = await call(`/api/deployments/${id}`)
    const shown = (await response.json()) as { changes: { action: string; address: string }[] }
    return shown.changes.map(({ action, address }) => `${action} ${address}`).toSorted()
  }
  return { deployments, changes }
}

/** Issues tokens that are named after their scopes. */
export function tokenIssuer(call: Call) {
  return async (...scopes: string[]): Promise<string> => {
    const response = await call('/api/tokens', { method: 'POST', json: { name: scopes.join(' '), scopes } })
    return ((await response.json()) as { token: string }).token
  }
}
