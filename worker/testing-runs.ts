import { randomBytes, randomUUID } from 'node:crypto'
import type { startWorker } from './testing.ts'

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

/** What a recorder does, request by request. */
export function recorder(worker: ReturnType<typeof startWorker>) {
  const begin = (run: object = {}, token?: string) =>
    worker.fetch('/api/deployments', {
      method: 'POST',
      ...(token === undefined ? {} : { token }),
      json: {
        run: runKey(),
        operation: 'apply',
        command: 'terraform apply',
        actor: 'alice@laptop',
        started_at: new Date().toISOString(),
        ...run,
      },
    })
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
        ...(token === undefined ? {} : { token }),
        headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': key },
        body: typeof events === 'string' ? events : ndjson(events),
      }),

    update: (id: string, json: object, token?: string) =>
      worker.fetch(`/api/deployments/${id}`, { method: 'PATCH', json, ...(token === undefined ? {} : { token }) }),
  }
}
