import { logLines, recorder } from '../../testing-runs.ts'
import { startWorker } from '../../testing.ts'

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
