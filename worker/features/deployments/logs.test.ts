import { logLines, recorder } from '../../testing-runs.ts'
import { metered, startWorker } from '../../testing.ts'
import { LogReader } from './log.ts'

const worker = startWorker()
const { begun, report, update } = recorder(worker)

type Line = { line: number; text: string }

async function read(id: string, query = ''): Promise<Line[]> {
  const response = await worker.fetch(`/api/deployments/${id}/logs${query}`)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
  return linesIn(await response.text())
}

const linesIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
const numbers = (lines: Line[]) => lines.map(({ line }) => line)
const upTo = (to: number, from = 1) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('lines are read in order however their batches came, from any line, as many as are wanted', async () => {
  const { deployment } = await begun()
  for (const first of [21, 1, 11]) await report(deployment.id, logLines(first, 10))
  expect(numbers(await read(deployment.id))).toEqual(upTo(30))
  expect(numbers(await read(deployment.id, '?from=15'))).toEqual(upTo(30, 15))
  expect(numbers(await read(deployment.id, '?from=9&limit=14'))).toEqual(upTo(22, 9))
  expect(await read(deployment.id, '?from=31')).toEqual([])
  expect((await read(deployment.id, '?limit=1'))[0]).toMatchObject({ operation: 1, stream: 'stdout', text: 'line 1' })
})

test('to ask for more costs few rows, however much there was before', async () => {
  const { deployment } = await begun()
  await report(deployment.id, logLines(1, 5))
  const whole = await worker.db()
  await whole
    .prepare(`with recursive c (v) as (select 1 union all select v + 1 from c where v < 900)
      insert into deployment_logs (deployment_id, batch, sha256, first_line, lines, recorded_at, body)
      select d.id, 'b' || v, '', v * 5 + 1, 5, 1, l.body from c, deployments d, deployment_logs l`)
    .run()
  const row = Number(await whole.prepare('select id from deployments').first('id'))
  const { db, read: rows } = metered(whole)
  const env = { DEPLOYMENT_DB: db } as unknown as ConstructorParameters<typeof LogReader>[0]
  const first = new LogReader(env, row, { from: 4502, limit: 10, follow: false }).texts()
  expect(numbers(linesIn(String((await first.next()).value)))).toEqual([2, 3, 4, 5])
  expect(rows()).toBeLessThanOrEqual(10)
  const following = new LogReader(env, row, { from: 4600, limit: 10, follow: true })
  setTimeout(() => following.stop(), 500)
  expect(await following.texts().next()).toMatchObject({ done: true })
  expect(rows()).toBeLessThanOrEqual(10)
})

test.each(['from=0', 'from=x', 'limit=0', 'follow=yes', 'color=red'])('the query %s is refused', async (query) => {
  const { deployment } = await begun()
  expect((await worker.fetch(`/api/deployments/${deployment.id}/logs?${query}`)).status).toBe(400)
})

test('a run without output has no lines, one that is unknown is not found', async () => {
  const { deployment } = await begun()
  expect(await read(deployment.id)).toEqual([])
  for (const path of ['logs', 'changes', 'plan'])
    expect((await worker.fetch(`/api/deployments/deploy-2026-01-01-999/${path}`)).status).toBe(404)
})

test('who follows gets lines as they arrive, waits for a late batch, and is let go at the end', async () => {
  const { deployment } = await begun()
  await report(deployment.id, logLines(1, 2))
  const response = await worker.fetch(`/api/deployments/${deployment.id}/logs?follow=1`)
  const reader = (response.body as unknown as ReadableStream<Uint8Array>).getReader()
  const seen: number[] = []
  const upToLine = async (last: number) => {
    while (seen.at(-1) !== last) {
      const { value, done } = await reader.read()
      if (done) throw new Error(`The end came after line ${seen.at(-1)}.`)
      seen.push(...numbers(linesIn(Buffer.from(value).toString())))
    }
    return seen
  }
  expect(await upToLine(2)).toEqual(upTo(2))
  await report(deployment.id, logLines(5, 2))
  const waiting = upToLine(6)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(seen).toEqual(upTo(2))
  await report(deployment.id, logLines(3, 2))
  expect(await waiting).toEqual(upTo(6))
  await report(deployment.id, logLines(9, 1))
  await update(deployment.id, { status: 'success' })
  expect(await upToLine(9)).toEqual([...upTo(6), 9])
  expect(await reader.read()).toMatchObject({ done: true })
})
