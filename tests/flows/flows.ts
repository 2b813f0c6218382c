import { startGateway } from '../gateway/gateway.ts'

/** A control plane before a local account, as flows are asked of it. */
export function startFlows() {
  const gateway = startGateway({ FLOWS_RETRY_MS: '10', CLOUDFLARE_TIMEOUT_MS: '20000' })
  const { account, worker } = gateway

  async function create(name: string, bindings: object, init: object = {}) {
    return worker.fetch('/flows/create-project', { method: 'POST', json: { name, bindings }, ...init })
  }

  async function remove(name: string, query = '', init: object = {}) {
    return worker.fetch(`/flows/project/${name}${query}`, { method: 'DELETE', ...init })
  }

  /** Everything that is in the account, by kind and name. */
  async function inventory(): Promise<string[]> {
    const { base, call } = account()
    const list = async <Item>(path: string) => (await call<Item>('GET', `${base}${path}`)).result
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

  /** What a script binds: names, types and where they lead. */
  async function bindingsOf(script: string): Promise<Record<string, string>[]> {
    const { base, call } = account()
    const { result } = await call<{ bindings: Record<string, string>[] }>(
      'GET',
      `${base}/workers/scripts/${script}/settings`,
    )
    return result.bindings
  }
  return { ...gateway, create, remove, inventory, bindingsOf }
}
