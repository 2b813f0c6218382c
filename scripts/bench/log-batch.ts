import { z } from 'zod'
import { atMost } from './finding.ts'
import type { Metric } from './finding.ts'
import { withSeeded } from './metered-server.ts'

const lines = 500
const Created = z.object({ deployment: z.object({ id: z.string() }) })
const Stored = z.object({ lines: z.literal(lines), stored: z.literal(true) })

const show = (rows: number) => `${rows} rows`

/** What a batch of a run's output costs to keep. */
export const logBatch: Metric = {
  name: 'log batch',
  limitSeconds: 120,
  measure: (quick) =>
    withSeeded(quick ? 0.05 : 1, async (ask) => {
      const at = new Date().toISOString()
      const run = {
        run: `run-${'0'.repeat(32)}`,
        operation: 'apply',
        command: 'terraform apply',
        actor: 'a',
        started_at: at,
      }
      const { deployment } = Created.parse((await ask('/api/deployments', JSON.stringify(run))).body)
      const written: number[] = []
      for (let batch = 0; batch < 3; batch++) {
        const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': `batch-${batch}` }
        const answer = await ask(`/api/deployments/${deployment.id}/events`, batchOf(batch, at), headers)
        Stored.parse(answer.body)
        written.push(answer.rowsWritten)
      }
      const what = `Rows written for a batch of ${lines} log lines`
      return [atMost(what, Math.max(...written), { target: 3, show, noisy: false }, written)]
    }),
}

function batchOf(batch: number, at: string): string {
  const numbers = Array.from({ length: lines }, (_, n) => batch * lines + n + 1)
  const line = (n: number) => ({
    type: 'log',
    line: n,
    operation: 1,
    stream: 'stdout',
    text: `Line ${n} of the run`,
    at,
  })
  return numbers.map((n) => `${JSON.stringify(line(n))}\n`).join('')
}
