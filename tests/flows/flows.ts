import { randomUUID } from 'node:crypto'
import { startGateway } from '../gateway/gateway.ts'

type Init = { method?: string; json?: unknown; headers?: Record<string, string>; token?: string }

/** What a flow answers, as far as tests look at it. */
type Body = {
  detail: string
  errors: { pointer: string; detail: string }[]
  resources: { kind: string; name: string; id: string; origin: string; binding: string }[]
  secrets: string[]
  run: string
  [member: string]: unknown
}
type Answer = { status: number; headers: { get: (name: string) => string | null }; body: Body }

/** Everything that is in an account, by kind and name. @param list asks for a list below the account's path */
export async function inventoryOf(list: <Item>(path: string) => Promise<Item>): Promise<string[]> {
  const [scripts, databases, namespaces, { buckets }, queues] = await Promise.all([
    list<{ id: string }[]>('/workers/scripts'),
    list<{ name: string }[]>('/d1/database'),
    list<{ title: string }[]>('/storage/kv/namespaces?per_page=1000'),
    list<{ buckets: { name: string }[] }>('/r2/buckets?per_page=1000'),
    list<{ queue_name: string }[]>('/queues'),
  ])
  return [
    ...scripts.map(({ id }) => `script:${id}`),
    ...databases.map(({ name }) => `d1:${name}`),
    ...namespaces.map(({ title }) => `kv:${title}`),
    ...buckets.map(({ name }) => `r2:${name}`),
    ...queues.map(({ queue_name: name }) => `queue:${name}`),
  ].toSorted()
}

/** A control plane before a local account, as flows are asked of it; `more` are settings of it. */
export function startFlows(more: () => Record<string, string> = () => ({})) {
  const gateway = startGateway(() => ({ FLOWS_RETRY_MS: '10', ...more() }))
  const { account, worker } = gateway

  /** Asks for a flow, and again until its run has ended: the machine may be slow. */
  async function flow(path: string, init: Init): Promise<Answer> {
    // Without that the answer is wrangler's file.
    const headers = { accept: 'application/json', 'idempotency-key': randomUUID(), ...init.headers }
    for (;;) {
      const response = await worker.fetch(path, { ...init, headers })
      const answer = { status: response.status, headers: response.headers, body: (await response.json()) as Body }
      if (answer.status !== 202) return answer
    }
  }

  const create = async (name: string, bindings: object = {}, init: Init = {}) =>
    flow('/flows/create-project', { method: 'POST', json: { name, bindings }, ...init })

  const remove = async (name: string, query = '', init: Init = {}) =>
    flow(`/flows/project/${name}${query}`, { method: 'DELETE', ...init })

  async function inventory(): Promise<string[]> {
    const { base, call } = account()
    return inventoryOf(async (path) => (await call<never>('GET', `${base}${path}`)).result)
  }

  /** What a script binds: names, types and where they lead. */
  async function bindingsOf(script: string): Promise<Record<string, string>[]> {
    const { base, call } = account()
    const { result } = await call<{ bindings: Record<string, string>[] }>(
      'GET',
      `${base}/workers/scripts/${script}/settings`,
    )
    return result.bindings
  }
  return { ...gateway, flow, create, remove, inventory, bindingsOf }
}
