import { recorder, runKey } from '../../testing-runs.ts'
import { client, info } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { begun, shown } = recorder(worker)
const { run: newestRun, token } = client(worker)

const lockAs = (run: string, password: string, name: string) => {
  const authorization = `Basic ${Buffer.from(`${run}:${password}`).toString('base64')}`
  const body = JSON.stringify(info())
  return worker.fetch(`/state/${name}`, { method: 'LOCK', token: null, headers: { authorization }, body })
}

test('the key of a run does not let a stranger join it', async () => {
  const [ours, theirs] = [await token(['state:team/a', 'deployments:write']), await token(['state:team/b'])]
  const run = runKey()
  const { deployment } = await begun({ run, state: 'team/a' }, ours)
  expect((await lockAs(run, theirs, 'team/b')).status).toBe(200)
  await newestRun('team/b', ({ source, deployment_id: id }) => source === 'observed' && id !== deployment.id)
  expect(await shown(deployment.id)).toMatchObject({ state: null, operation: 'apply' })
})

test("a run's own token needs no key, and the recorder's own token joins with it", async () => {
  const ours = await token(['state:team/*', 'deployments:write'])
  const first = await begun({ run: runKey(), state: 'team/a' }, ours)
  expect((await lockAs('whoever', first.run_token ?? '', 'team/a')).status).toBe(200)
  await newestRun('team/a', ({ deployment_id: id }) => id === first.deployment.id)
  const run = runKey()
  const second = await begun({ run }, ours)
  expect((await lockAs(run, ours, 'team/c')).status).toBe(200)
  await newestRun('team/c', ({ deployment_id: id }) => id === second.deployment.id)
})
