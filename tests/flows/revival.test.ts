import { eventually } from '../../worker/testing.ts'
import { startFlows } from './flows.ts'

const { worker, create, inventory } = startFlows()

/** Puts a run that is over back to where nobody goes on with it. */
async function forget(set: string): Promise<void> {
  const db = await worker.db()
  await db.batch([
    db.prepare(`update flow_runs set ${set}, finished_at = null, result = null, updated_at = 0`),
    db.prepare("update flow_steps set status = 'pending', output = null"),
  ])
}

const ended = async () =>
  eventually(
    async () => (await (await worker.fetch('/flows/runs')).json()) as { runs: { status: string }[] },
    ({ runs }) => runs.every(({ status }) => status === 'success'),
    20_000,
  )

test('the clock begins a run whose Workflow was never begun, and goes on with one whose Workflow has ended', async () => {
  expect((await create('shop', { d1: ['DB'] })).status).toBe(201)
  await forget("status = 'queued', instance = 'never-begun'")
  await worker.minute()
  expect(await ended()).toMatchObject({ runs: [{ status: 'success' }] })
  await forget("status = 'running'")
  await worker.minute()
  expect(await ended()).toMatchObject({ runs: [{ status: 'success' }] })
  expect(await inventory()).toEqual(['d1:shop-db', 'script:shop'])
})
