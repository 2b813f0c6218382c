import { randomBytes, randomUUID } from 'node:crypto'
import type { startWorker } from './testing.ts'

type Worker = ReturnType<typeof startWorker>
type Begun = {
  deployment: { id: string; [name: string]: unknown }
  run_token: string | null
  run_token_expires_at: string | null
  expected_ms: number | null
}

/** A run key as a recorder makes one. */
export function runKey(): string {
  return `run-${randomBytes(16).toString('hex')}`
}

/** Events as the lines of a body. */
export function ndjson(events: readonly object[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

/** Lines of output, numbered from `first`. */
export function logLines(first: number, count: number, text = (line: number) => `line ${line}`): object[] {
  const at = new Date().toISOString()
  return Array.from({ length: count }, (_, index) => ({
    type: 'log',
    line: first + index,
    operation: 1,
    stream: 'stdout',
    text: text(first + index),
    at,
  }))
}

/** An event of an operation, numbered 1 unless told otherwise. */
export function operationEvent(status: string, more: object = {}): object {
  return { type: 'operation', operation: 1, kind: 'apply', status, at: new Date().toISOString(), ...more }
}

/** What happened to a resource. */
export function resourceEvent(status: string, more: object = {}): object {
  const at = new Date().toISOString()
  return { type: 'resource', operation: 2, address: 'random_pet.a', action: 'create', status, at, ...more }
}

/** A warning, unless told otherwise. */
export function diagnosticEvent(n: number, more: object = {}): object {
  const at = new Date().toISOString()
  return { type: 'diagnostic', operation: 1, n, severity: 'warning', summary: `s${n}`, detail: 'd', at, ...more }
}

/** What a recorder does, request by request, and what is known then. */
export function recorder(worker: Worker) {
  return { ...sender(worker), ...reader(worker) }
}

/** The caller: the owner unless a token is given. */
const by = (token: string | undefined) => (token === undefined ? {} : { token })

const plainRun = () => ({
  run: runKey(),
  operation: 'apply',
  command: 'terraform apply',
  actor: 'alice@laptop',
  started_at: new Date().toISOString(),
})

function sender(worker: Worker) {
  const begin = (run: object = {}, token?: string) =>
    worker.fetch('/api/deployments', { method: 'POST', ...by(token), json: { ...plainRun(), ...run } })
  return {
    begin,

    /** Begins a run, which must succeed. */
    begun: async (run: object = {}, token?: string): Promise<Begun> => {
      const response = await begin(run, token)
      const answer = await response.text()
      if (!response.ok) throw new Error(answer)
      return JSON.parse(answer) as Begun
    },

    report: (id: string, events: readonly object[] | string, key: string = randomUUID(), token?: string) =>
      worker.fetch(`/api/deployments/${id}/events`, {
        method: 'POST',
        ...by(token),
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
        body: typeof events === 'string' ? events : ndjson(events),
      }),

    update: (id: string, json: object, token?: string) =>
      worker.fetch(`/api/deployments/${id}`, { method: 'PATCH', json, ...by(token) }),

    plan: (id: string, plan: object | string, operation = 1, token?: string) => {
      const body = typeof plan === 'string' ? plan : JSON.stringify(plan)
      return worker.fetch(`/api/deployments/${id}/plan?operation=${operation}`, { method: 'PUT', ...by(token), body })
    },
  }
}

/** What is known of runs, asked by the owner. */
function reader(worker: Worker) {
  return {
    /** The deployment with all that is known of it, or what is below it. */
    shown: async (id: string, below = ''): Promise<Record<string, unknown>> => {
      const response = await worker.fetch(`/api/deployments/${id}${below}`)
      if (!response.ok) throw new Error(await response.text())
      return (await response.json()) as Record<string, unknown>
    },

    /** The lines of output that are stored. */
    logged: async (id: string, query = ''): Promise<{ line: number; text: string; at: string }[]> => {
      const text = await (await worker.fetch(`/api/deployments/${id}/logs${query}`)).text()
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as { line: number; text: string; at: string })
    },
  }
}
