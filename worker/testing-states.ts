import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { eventually, root } from './testing.ts'
import type { startWorker } from './testing.ts'

export type Resource = { name: string; attributes?: Record<string, unknown>; status?: string; sensitive?: string[] }

/** A state as Terraform writes it. */
export function state(serial: number, resources: Resource[] = [], lineage = 'lineage-1'): string {
  const blocks = resources.map(({ name, attributes = { id: name }, status, sensitive = [] }) => ({
    mode: 'managed',
    type: 'terraform_data',
    name,
    provider: 'provider["terraform.io/builtin/terraform"]',
    instances: [
      {
        schema_version: 0,
        ...(status ? { status } : {}),
        attributes,
        sensitive_attributes: sensitive.map((value) => [{ type: 'get_attr', value }]),
      },
    ],
  }))
  const document = {
    version: 4,
    terraform_version: '1.11.4',
    serial,
    lineage,
    outputs: {},
    resources: blocks,
    check_results: null,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Lock information as Terraform sends it. */
export function info(operation = 'OperationTypeApply', ID: string = randomUUID()) {
  return {
    ID,
    Operation: operation,
    Info: '',
    Who: 'alice@laptop',
    Version: '1.11.4',
    Created: new Date().toISOString(),
    Path: '',
  }
}

export type Info = ReturnType<typeof info>

const newestRun =
  'select d.* from deployments d join states s on s.id = d.state_id where s.name = ? order by d.id desc limit 1'

/** What a Terraform client does to a state, request by request. */
export function client(worker: ReturnType<typeof startWorker>) {
  return {
    lock: (name: string, lock: Info) => worker.fetch(`/state/${name}`, { method: 'LOCK', json: lock }),
    unlock: (name: string, lock: Info) => worker.fetch(`/state/${name}`, { method: 'UNLOCK', json: lock }),
    push: (name: string, body: string, id?: string, headers: Record<string, string> = {}) =>
      worker.fetch(`/state/${name}${id === undefined ? '' : `?ID=${id}`}`, { method: 'POST', body, headers }),

    token: async (scopes: string[]): Promise<string> => {
      const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'test', scopes } })
      return ((await response.json()) as { token: string }).token
    },

    /** The newest run of a state, once it satisfies; `ms` is how long that may take. */
    run: async (
      name: string,
      ok: (row: Record<string, unknown>) => boolean,
      ms = 15_000,
    ): Promise<Record<string, unknown>> => {
      const db = await worker.db()
      const row = await eventually(
        () => db.prepare(newestRun).bind(name).first(),
        (found) => found !== null && ok(found),
        ms,
      )
      return row ?? {}
    },
  }
}

/** An upload whose last bytes are held back until `end`, which tells its status. */
export async function slowUpload(worker: ReturnType<typeof startWorker>, name: string, body: string) {
  const { origin } = await worker.server().ready
  const headers = { authorization: `Bearer ${root}`, 'content-length': Buffer.byteLength(body) }
  const sent = request(`${origin}/state/${name}`, { method: 'POST', headers, agent: false })
  const status = new Promise<number | undefined>((resolve, reject) => {
    sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  sent.write(body.slice(0, -10))
  // Long enough for the ledger to have begun with it.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const end = async () => {
    sent.end(body.slice(-10))
    return status
  }
  return { end }
}

/** What D1 says. */
export async function rowsOf(worker: ReturnType<typeof startWorker>, query: string, ...values: unknown[]) {
  const statement = (await worker.db()).prepare(query)
  return (await statement.bind(...values).all()).results
}

/** The rows of a state's deletions, oldest first, once D1 has followed so many. */
export async function deletionsOf(worker: ReturnType<typeof startWorker>, name: string, count = 1) {
  const query = 'select id, name, version from states where name glob ? order by id'
  return eventually(
    () => rowsOf(worker, query, `${name}@deleted-*`),
    ({ length }) => length === count,
    15_000,
  )
}

/** Counters that are not what they count. */
export async function miscounted(worker: ReturnType<typeof startWorker>): Promise<unknown[]> {
  return rowsOf(
    worker,
    `select c.scope, c.key, c.n, coalesce(r.n, 0) as rows from counters c left join (
       select 'resources' as scope, provider as key, count(*) as n from managed_resources where status <> 'deleted' group by 2
       union all
       select 'resource_types', type, count(*) from managed_resources where status <> 'deleted' group by 2
       union all
       select 'deployments', status, count(*) from deployments group by 2
     ) r on r.scope = c.scope and r.key = c.key where c.n <> coalesce(r.n, 0)`,
  )
}

type Change = { address: string; action: string; attributes: Record<string, unknown>[]; truncated: boolean }
type Diff = {
  from: Record<string, unknown>
  to: Record<string, unknown>
  changes: Change[]
  outputs: Record<string, unknown>[]
  truncated: boolean
}

/** Stores states as they are and asks what differs. */
export function diffsOf(worker: ReturnType<typeof startWorker>) {
  const { push } = client(worker)
  const fetchDiff = async (name: string, query = '') =>
    worker.fetch(`/api/states/${encodeURIComponent(name)}/diff${query}`)
  return {
    /** Writes versions, and waits until D1 knows the state. */
    stored: async (name: string, ...bodies: string[]): Promise<void> => {
      for (const body of bodies) {
        const { status } = await push(name, body)
        if (status !== 200) throw new Error(`The state was refused: ${status}.`)
      }
      await eventually(
        async () => (await worker.fetch(`/api/states/${encodeURIComponent(name)}`)).status,
        (status) => status === 200,
      )
    },
    fetchDiff,
    diffOf: async (name: string, query = ''): Promise<Diff> => {
      const response = await fetchDiff(name, query)
      if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
      return (await response.json()) as Diff
    },
    /** The status and the reason. */
    refusal: async (name: string, query = '') => {
      const response = await fetchDiff(name, query)
      return [response.status, ((await response.json()) as Record<string, unknown>)['detail']]
    },
  }
}
