import { operationEvent, recorder, runKey } from '../../testing-runs.ts'
import { client, info, state } from '../../testing-states.ts'
import type { Info } from '../../testing-states.ts'
import { eventually, root, startWorker } from '../../testing.ts'

const worker = startWorker()
const { begun, report, shown, update } = recorder(worker)
const { run: newestRun } = client(worker)

/** What Terraform does when its recorder started it: the run key is its user name. */
function terraform(run: string, token: string = root) {
  const headers = { authorization: `Basic ${Buffer.from(`${run}:${token}`).toString('base64')}` }
  const call = (method: string, path: string, body: string) =>
    worker.fetch(`/state/${path}`, { method, token: null, headers, body })
  return {
    lock: (name: string, lock: Info) => call('LOCK', name, JSON.stringify(lock)),
    unlock: (name: string, lock: Info) => call('UNLOCK', name, JSON.stringify(lock)),
    push: (name: string, body: string, id: string) => call('POST', `${name}?ID=${id}`, body),
  }
}

const until = (id: string, ok: (run: Record<string, unknown>) => boolean) => eventually(() => shown(id), ok)
const kindsOf = (run: Record<string, unknown>) => (run['timeline'] as { kind: string }[]).map(({ kind }) => kind)

async function counts() {
  const db = await worker.db()
  const [counters, days, runs] = await Promise.all([
    db.prepare("select key, n from counters where scope = 'deployments' and n <> 0 order by key").raw(),
    db.prepare('select day, operation, n from deployment_days where n <> 0 order by 1, 2').raw(),
    db.prepare('select count(*) as n from deployments').first('n'),
  ])
  return { counters, days, runs }
}

test('both locks of a run, its writes and its reports are one deployment', async () => {
  const run = runKey()
  const { deployment, run_token: token } = await begun({ run, state: 'site' })
  const { lock, unlock, push } = terraform(run, token ?? '')
  const [planning, applying] = [info('OperationTypePlan'), info()]
  await lock('site', planning)
  await unlock('site', planning)
  await lock('site', applying)
  await push('site', state(1, [{ name: 'a' }, { name: 'b' }]), applying.ID)
  await unlock('site', applying)
  const seen = await until(deployment.id, (one) => kindsOf(one).filter((kind) => kind === 'lock_released').length === 2)
  expect(seen).toMatchObject({
    state: 'site',
    status: 'in_progress',
    operation: 'apply',
    writes: 1,
    resources_created: 2,
  })
  await report(deployment.id, [
    operationEvent('success', { duration_ms: 1, summary: { add: 9, change: 9, remove: 9, import: 9 } }),
  ])
  await update(deployment.id, { status: 'success', exit_code: 0 })
  const ended = await shown(deployment.id)
  // What the ledger saw is what there is, whatever was counted elsewhere.
  expect(ended).toMatchObject({ status: 'success', inferred: false, resources_created: 2, resources_deleted: 0 })
  expect(kindsOf(ended)).toEqual(expect.arrayContaining(['started', 'lock_taken', 'version_written', 'ended']))
  expect(kindsOf(ended)[0]).toBe('started')
  expect(ended['changes']).toHaveLength(2)
  const { changes } = await shown(deployment.id, '/changes?address=terraform_data.*&action=create')
  expect(changes).toMatchObject([
    { kind: 'change', address: 'terraform_data.a', type: 'terraform_data', action: 'create', status: 'success' },
    { address: 'terraform_data.b', before: null, after: null },
  ])
  expect((await shown(deployment.id, '/changes?action=delete'))['changes']).toEqual([])
  const today = new Date().toISOString().slice(0, 10)
  expect(await counts()).toEqual({ counters: [['success', 1]], days: [[today, 'apply', 1]], runs: 1 })
})

test('a run whose lock came first is completed by its recorder, and counted as what it is', async () => {
  const run = runKey()
  const taken = info()
  const { lock, push } = terraform(run)
  await lock('late', taken)
  await newestRun('late', (row) => row['status'] === 'in_progress')
  const started_at = new Date(Date.now() - 30_000).toISOString()
  const { deployment } = await begun({ run, operation: 'destroy', started_at, state: 'late' })
  expect(deployment).toMatchObject({
    source: 'recorded',
    operation: 'destroy',
    inferred: false,
    started_at,
    state: 'late',
  })
  const today = deployment.id.slice(7, 17)
  expect(await counts()).toEqual({ counters: [['in_progress', 1]], days: [[today, 'destroy', 1]], runs: 1 })
  await push('late', state(1, [{ name: 'a' }]), taken.ID)
  await until(deployment.id, (one) => one['writes'] === 1)
  const db = await worker.db()
  expect(await db.prepare('select count(*) as n from command_history').first('n')).toBe(1)
})

test('a lock tells which state a run is about, and one that came before the recorder may be dead by then', async () => {
  const run = runKey()
  const { deployment } = await begun({ run })
  const taken = info()
  const { lock, unlock } = terraform(run)
  await lock('told', taken)
  expect(await until(deployment.id, (one) => one['state'] !== null)).toMatchObject({ state: 'told' })
  await unlock('told', taken)

  const silent = runKey()
  const other = terraform(silent)
  await other.lock('silent', info())
  await newestRun('silent', (row) => row['status'] === 'in_progress')
  const db = await worker.db()
  const old = () => db.prepare('update deployments set started_at = 1, updated_at = 1').run()
  await until(deployment.id, (one) => kindsOf(one).includes('lock_released'))
  await old()
  await worker.minute()
  expect(await shown(deployment.id)).toMatchObject({ status: 'abandoned', inferred: true })
  // Its lock is held: age proves nothing.
  expect(await newestRun('silent', () => true)).toMatchObject({ status: 'in_progress', recorder: null })
  const breaking = await worker.fetch('/state/silent', { method: 'UNLOCK' })
  expect(breaking.status).toBe(200)
  await eventually(
    async () => {
      await old()
      await worker.minute()
      return newestRun('silent', () => true)
    },
    (row) => row['status'] === 'abandoned',
  )
  const late = await begun({ run: silent, state: 'silent' })
  expect(late.deployment).toMatchObject({ status: 'in_progress', inferred: false, finished_at: null })
  await update(late.deployment.id, { status: 'success' })
  expect((await counts()).counters).toEqual([
    ['abandoned', 1],
    ['success', 1],
  ])
})

test('counts are those of the report until the first write is seen, even after the end', async () => {
  const run = runKey()
  const { deployment } = await begun({ run, state: 'counted' })
  const summary = { add: 5, change: 4, remove: 3, import: 2 }
  await report(deployment.id, [operationEvent('success', { duration_ms: 1, summary })])
  await update(deployment.id, { status: 'success' })
  expect(await shown(deployment.id)).toMatchObject({
    resources_created: 5,
    resources_updated: 4,
    resources_deleted: 3,
    resources_imported: 2,
  })
  const taken = info()
  const { lock, push } = terraform(run)
  await lock('counted', taken)
  await push('counted', state(1, [{ name: 'a' }]), taken.ID)
  expect(await until(deployment.id, (one) => one['writes'] === 1)).toMatchObject({
    status: 'success',
    resources_created: 1,
    resources_updated: 0,
    resources_deleted: 0,
    resources_imported: 0,
  })
})

test("a plain lock whose id is the key of a run stands in nobody's way", async () => {
  const run = runKey()
  const plain = info('OperationTypeApply', run)
  await worker.fetch('/state/odd', { method: 'LOCK', json: plain })
  await newestRun('odd', (row) => row['status'] === 'in_progress')
  const { deployment } = await begun({ run, state: 'odd' })
  expect(deployment).toMatchObject({ source: 'recorded', state: null })
  await worker.fetch('/state/odd', { method: 'UNLOCK', json: plain })
  const taken = info()
  await terraform(run).lock('odd', taken)
  await terraform(run).unlock('odd', taken)
  await until(deployment.id, (one) => kindsOf(one).includes('lock_released'))
  expect((await counts()).counters).toEqual([
    ['in_progress', 1],
    ['success', 1],
  ])
})
