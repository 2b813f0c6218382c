import { recorder, runKey } from '../../testing-runs.ts'
import { state } from '../../testing-states.ts'
import { eventually, metered, root, startWorker } from '../../testing.ts'
import { climbFrom } from '../links/queries.ts'

const worker = startWorker()
const { begun, plan, shown, update } = recorder(worker)
const sha = '3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a'
const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

/** A recorded run that writes a state with one resource. */
async function applied(name: string, more: object = {}) {
  const run = runKey()
  const { deployment } = await begun({ run, state: name, traceparent: `00-${trace}-00f067aa0ba902b7-01`, ...more })
  const authorization = `Basic ${Buffer.from(`${run}:${root}`).toString('base64')}`
  await worker.fetch(`/state/${name}`, {
    method: 'POST',
    token: null,
    headers: { authorization },
    body: state(1, [{ name: 'a' }]),
  })
  await eventually(
    () => shown(deployment.id),
    ({ writes }) => writes === 1,
  )
  return deployment
}

async function why(query = ''): Promise<string> {
  const response = await worker.fetch(`/api/why?resource=terraform_data.a${query}`, {
    headers: { accept: 'text/plain' },
  })
  // Moments differ each time.
  return (await response.text()).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then').replaceAll(/cmd-\d{15}/g, 'cmd-1')
}

const record = {
  format_version: '1.2',
  resource_changes: [
    {
      address: 'terraform_data.a',
      type: 'terraform_data',
      provider_name: 'p',
      change: { actions: ['create'], after: {} },
    },
  ],
}

test('why leads from a resource over the run, its plan and its command to the commit and the task', async () => {
  const { id } = await applied('told', { repository: 'octo/site', commit_sha: sha, dirty: true, task: '12' })
  await plan(id, record)
  expect(await why()).toBe(`terraform_data.a (state told) was created
  by ${id}  apply, alice@laptop, in_progress, then   [observed]
  as version 1 of state told (serial 1)   [observed]
  because plan ${id}/1 was applied by ${id}, then   [observed: digest ${await digest(id)}]
    because command cmd-1 made plan ${id}/1, then   [observed: trace ${trace}, terraform apply]
      because commit octo/site@${sha} was checked out by command cmd-1, then   [observed: dirty tree]
      because task octo/site#12 asked for command cmd-1, then   [declared: named for the run]
`)
  const nearer = await why('&depth=3')
  expect(nearer).toContain('made plan')
  expect(nearer).not.toContain('commit')
})

async function digest(id: string): Promise<string> {
  const { operations } = (await shown(id)) as { operations: { plan: { digest: string } }[] }
  return operations[0]?.plan.digest.slice(0, 12) ?? ''
}

test('a run without plan, commit or task ends where its rows end', async () => {
  const { id } = await applied('bare')
  expect(await why()).toContain(
    `\n  because command cmd-1 ran ${id}, then   [observed: trace ${trace}, terraform apply]\n`,
  )
  expect(await why()).not.toMatch(/plan|commit|task/)
})

test('what becomes known later takes the place of what was thought before', async () => {
  const { id } = await applied('later', { repository: 'octo/old', commit_sha: 'abcdef1', task: 'octo/other#7' })
  await update(id, { repository: 'octo/site', commit_sha: sha, dirty: false })
  await plan(id, record)
  await plan(id, record, 2)
  const told = await why()
  expect(told).toContain(`because plan ${id}/2 was applied by ${id}`)
  expect(told).toContain(`commit octo/site@${sha} was checked out by command cmd-1, then   [observed]`)
  expect(told).toContain('because task octo/other#7 asked for command cmd-1')
  expect(told.match(/because/g)).toHaveLength(4)
})

test('a plan that was only looked at was not applied, and a commit without a repository is its number', async () => {
  const { deployment } = await begun({ operation: 'plan', commit_sha: 'abcdef1', task: '12' })
  await plan(deployment.id, record)
  const { links } = (await shown(deployment.id)) as { links: { relation: string }[] }
  expect(links.map(({ relation }) => relation)).toEqual(['made_in'])
  const db = await worker.db()
  const ids = await db.prepare("select from_kind || ' ' || from_id from links where to_kind = 'command'").raw()
  expect(ids).toEqual([['commit abcdef1']])
})

test('the whole way up reads few rows', async () => {
  const { id } = await applied('often', { repository: 'octo/site', commit_sha: sha, task: '12' })
  await plan(id, record)
  for (let n = 0; n < 40; n++) await begun({ repository: 'octo/site', commit_sha: sha, task: '12' })
  const { db, read } = metered(await worker.db())
  const { levels, complete } = await climbFrom(db, { kind: 'deployment', id }, 9)
  expect([levels.map((links) => links.length), complete]).toEqual([[1, 1, 2], true])
  expect(read()).toBeLessThanOrEqual(30)
})
