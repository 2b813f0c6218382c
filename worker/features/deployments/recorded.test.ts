import { logLines, recorder, runKey } from '../../testing-runs.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { begin, begun, report, update } = recorder(worker)
const json = async (response: { json(): Promise<unknown> }) => (await response.json()) as Record<string, unknown>

test('a run is begun, told and ended by its recorder', async () => {
  const started = new Date(Date.now() - 60_000).toISOString()
  const run = {
    run: runKey(),
    operation: 'apply',
    command: 'terraform apply -var token=tl_0123456789012345678901234567890123456789012',
    actor: 'alice@laptop',
    working_directory: '/srv/site',
    repository: 'octo/site',
    branch: 'main',
    commit_sha: '3f2a1b0c3f2a1b0c3f2a1b0c3f2a1b0c3f2a1b0c',
    dirty: true,
    task: '12',
    tool: 'opentofu',
    terraform_version: '1.9.0',
    environment: 'prod',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    started_at: started,
  }
  const first = await begin(run)
  expect(first.status).toBe(201)
  const { deployment, ...rest } = await json(first)
  expect(rest).toEqual({ run_token: null, run_token_expires_at: null, expected_ms: null })
  expect(deployment).toMatchObject({
    source: 'recorded',
    status: 'in_progress',
    inferred: false,
    command: 'terraform apply -var token=(sensitive)',
    tool: 'opentofu',
    dirty: true,
    started_at: started,
    credential: 'root',
  })
  const id = (deployment as { id: string }).id
  expect(id).toBe(`deploy-${started.slice(0, 10)}-001`)
  const again = await begin(run)
  expect(again.status).toBe(200)
  expect(await json(again)).toMatchObject({ deployment: { id } })

  const at = new Date().toISOString()
  const events = [
    { type: 'operation', operation: 1, kind: 'plan', status: 'in_progress', at },
    ...logLines(1, 3),
    { type: 'resource', operation: 1, address: 'random_pet.a', action: 'create', status: 'success', elapsed_ms: 9, at },
    { type: 'diagnostic', operation: 1, n: 1, severity: 'warning', summary: 'Hm', detail: 'Well', at },
    { type: 'note', n: 1, kind: 'approved', detail: 'yes', at },
  ]
  const stored = await report(id, events, 'batch-1')
  expect([stored.status, await json(stored)]).toEqual([200, { first_line: 1, lines: 3, stored: true }])
  const ended = await update(id, { status: 'success', exit_code: 0, duration_ms: 5000 })
  expect([ended.status, await json(ended)]).toMatchObject([200, { status: 'success', exit_code: 0, duration_ms: 5000 }])
  const shown = await json(await worker.fetch(`/api/deployments/${id}`))
  expect(shown).toMatchObject({
    finished_at: new Date(Date.parse(started) + 5000).toISOString(),
    operations: [{ n: 1, kind: 'plan', status: 'success', diagnostics: [{ n: 1, summary: 'Hm', address: null }] }],
  })
  expect(JSON.stringify(shown)).not.toContain(run.run)
})

test('the command of a run is in the history, counted once and completed at its end', async () => {
  const started_at = new Date(Date.now() - 9000).toISOString()
  const run = { run: runKey(), started_at, command: 'terraform plan' }
  const { deployment } = await begun(run)
  await begun(run)
  await begun({ started_at })
  for (const _ of [1, 2]) await update(deployment.id, { status: 'failed', exit_code: 1, duration_ms: 3000 })
  const db = await worker.db()
  const commands = await db.prepare('select * from command_history order by exit_code desc').all()
  expect(commands.results).toMatchObject([
    { command: 'terraform plan', exit_code: 1, duration_ms: 3000, executed_by: 'alice', host: 'laptop' },
    { command: 'terraform apply', exit_code: null, duration_ms: null },
  ])
  const hours = await db.prepare('select n, failed, total_ms, buckets from command_hours').all()
  expect(hours.results).toEqual([{ n: 2, failed: 1, total_ms: 3000, buckets: '{"11":1}' }])
  const counters = await db.prepare('select scope, key, n from counters order by 1, 2').raw()
  expect(counters).toEqual([
    ['commands', 'terraform', 2],
    ['deployments', 'failed', 1],
    ['deployments', 'in_progress', 1],
  ])
})
