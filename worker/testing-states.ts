import { randomUUID } from 'node:crypto'
import { eventually } from './testing.ts'
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

    /** The newest run of a state, once it satisfies. */
    run: async (name: string, ok: (row: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> => {
      const db = await worker.db()
      const row = await eventually(
        () => db.prepare(newestRun).bind(name).first(),
        (found) => found !== null && ok(found),
      )
      return row ?? {}
    },
  }
}
