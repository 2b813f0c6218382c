import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { client, deletionsOf, info, miscounted, rowsOf, slowUpload, state } from '../../testing-states.ts'
import { eventually, root, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, token, run } = client(worker)

type Row = Record<string, unknown>

const remove = async (name: string, confirm = name, bearer?: string) =>
  worker.fetch(`/api/states/${encodeURIComponent(name)}?confirm=${encodeURIComponent(confirm)}`, {
    method: 'DELETE',
    ...(bearer ? { token: bearer } : {}),
  })
const statusOf = async (path: string) => (await worker.fetch(path)).status
const get = async (path: string) => (await (await worker.fetch(path)).json()) as Row
const rows = async (query: string, ...values: unknown[]) => rowsOf(worker, query, ...values)
const deleted = async (name: string, count = 1) => deletionsOf(worker, name, count)

test('a deleted state is gone for Terraform and from the lists, and its history stays', async () => {
  for (const serial of [1, 2]) await push('team/gone', state(serial, [{ name: 'needle' }, { name: `r${serial}` }]))
  await push('other', state(1, [{ name: 'needle' }]))
  const ci = await token(['force:team/*'])
  expect((await remove('team/gone', 'team/gone', ci)).status).toBe(204)
  expect(await statusOf('/state/team/gone')).toBe(404)

  const [row] = await deleted('team/gone')
  expect(row).toMatchObject({ name: expect.stringMatching(/^team\/gone@deleted-\d+$/), version: 2 })
  expect(await statusOf('/api/states/team%2Fgone')).toBe(404)
  expect(await statusOf('/api/states/team%2Fgone/versions/1')).toBe(404)
  expect(((await get('/api/states'))['states'] as Row[]).map(({ name }) => name)).toEqual(['other'])
  expect(((await get('/api/resources?text=needle'))['resources'] as Row[]).map(({ state: of }) => of)).toEqual([
    'other',
  ])
  expect(await get('/api/dashboard')).toMatchObject({ infrastructure: { total_resources: 1 } })
  expect(await miscounted(worker)).toEqual([])

  const { deployments } = (await get('/api/deployments?operation=delete')) as { deployments: Row[] }
  expect(deployments).toMatchObject([
    {
      state: row?.['name'],
      status: 'success',
      reason: 'The state was deleted by test.',
      inferred: false,
      credential: 'test',
      resources_forgotten: 2,
      resource_count: 0,
    },
  ])
  const shown = await get(`/api/deployments/${String(deployments[0]?.['id'])}`)
  expect((shown['changes'] as Row[]).map(({ action, address }) => `${String(action)} ${String(address)}`)).toEqual([
    'forget terraform_data.needle',
    'forget terraform_data.r2',
  ])
  const why = await worker.fetch('/api/why?resource=terraform_data.r2', { headers: { accept: 'text/plain' } })
  expect(await why.text()).toMatch(/^terraform_data\.r2 \(state .*\) was forgotten\n  by deploy-\S+  delete, .*\n$/)
  const acts = async () => (await get('/api/audit?action=state.delete'))['acts'] as Row[] | undefined
  expect(await eventually(acts, (found) => found?.length === 1)).toMatchObject([
    { actor: 'test', subject: 'team/gone', outcome: 'success', detail: { version: 2, serial: 2, resources: 2 } },
  ])
  expect(await rows('select count(*) as n from state_snapshots where state_id = ?', row?.['id'])).toEqual([{ n: 2 }])
})

test('the name begins anew: another lineage, serial 1, versions that were never used, and again', async () => {
  for (const round of [1, 2, 3]) {
    const lineage = `lineage-${round}`
    const mine = info()
    await lock('anew', mine)
    expect(await (await push('anew', state(1, [{ name: 'a' }], lineage), mine.ID)).json()).toEqual({
      version: 2 * round - 1,
      serial: 1,
    })
    expect((await push('anew', state(2, [{ name: 'a' }, { name: `b${round}` }], lineage), mine.ID)).status).toBe(200)
    await unlock('anew', mine)
    // The first is deleted before D1 has heard of it.
    if (round > 1) await run('anew', (row) => row['status'] === 'success' && row['writes'] === 2)
    expect((await remove('anew')).status).toBe(204)
    expect(await statusOf('/state/anew')).toBe(404)
  }
  const old = await deleted('anew', 3)
  expect(old.map(({ version }) => version)).toEqual([2, 4, 6])
  await push('anew', state(1, [{ name: 'c' }], 'lineage-4'))
  expect(await run('anew', (row) => row['status'] === 'success')).toMatchObject({ writes: 1, resources_created: 1 })
  expect(await get('/api/states/anew/versions')).toMatchObject({ versions: [{ version: 7, serial: 1 }] })
  const { resources } = (await get('/api/resources?state=anew')) as { resources: Row[] }
  expect(resources.map(({ address }) => address)).toEqual(['terraform_data.c'])
  const runs = await rows(
    'select s.name = ? as live, d.operation, d.status, d.writes from deployments d join states s on s.id = d.state_id order by d.id',
    'anew',
  )
  expect(runs.map(({ live, operation, status }) => [live, operation, status])).toEqual([
    ...[1, 2, 3].flatMap(() => [
      [0, 'apply', 'success'],
      [0, 'delete', 'success'],
    ]),
    [1, 'apply', 'success'],
  ])
  const links = await rows("select to_id, count(*) as n from links where relation = 'wrote' group by 1 order by 1")
  expect(links).toEqual([1, 2, 3, 4, 5, 6, 7].map((version) => ({ to_id: `anew@${version}`, n: 1 })))
  expect(await miscounted(worker)).toEqual([])
})

test('a state that was only ever locked can be deleted, too', async () => {
  const mine = info('OperationTypePlan')
  await lock('planned', mine)
  await unlock('planned', mine)
  expect((await remove('planned')).status).toBe(204)
  await deleted('planned')
  expect((await remove('planned')).status).toBe(404)
})

test('what is deleted must be confirmed, allowed, free and there', async () => {
  await push('kept/a', state(1))
  const refused = async (reply: ReturnType<typeof remove>) => {
    const response = await reply
    return [response.status, ((await response.json()) as { detail: string }).detail]
  }
  const typed = expect.stringContaining('confirm=kept%2Fa')
  for (const confirm of ['', 'kept', 'kept/A', 'kept/a ', 'kept%2Fa']) {
    expect(await refused(remove('kept/a', confirm))).toEqual([400, typed])
  }
  expect(await refused(worker.fetch('/api/states/kept%2Fa', { method: 'DELETE' }))).toEqual([400, typed])
  expect((await worker.fetch('/api/states/kept%2Fa?confirm=kept/a&force=1', { method: 'DELETE' })).status).toBe(400)
  const limited = await token(['state:kept/a', 'admin', 'force:kept'])
  expect(await refused(remove('kept/a', 'kept/a', limited))).toEqual([403, expect.stringContaining('force:kept/a')])
  const mine = info()
  await lock('kept/a', mine)
  expect(await refused(remove('kept/a'))).toEqual([423, expect.stringContaining('alice@laptop')])
  await unlock('kept/a', mine)
  expect(await (await worker.fetch('/state/kept/a')).text()).toBe(state(1))
  expect(await refused(remove('never'))).toEqual([404, expect.stringContaining('never')])
  expect((await remove('a@deleted-1')).status).toBe(400)
})

test('of two deletions at once one is made', async () => {
  await push('both', state(1, [{ name: 'a' }]))
  const answers = await Promise.all([remove('both'), remove('both')])
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204, 404]))
  await deleted('both')
  expect(await miscounted(worker)).toEqual([])
})

test('what comes late from a run of the deleted state changes nothing and brings nothing back', async () => {
  const mine = info()
  await lock('late', mine)
  await push('late', state(1), mine.ID)
  await unlock('late', mine)
  await remove('late')
  expect((await lock('late', mine)).status).toBe(409)
  const written = await push('late', state(2), mine.ID)
  expect([written.status, await written.text()]).toEqual([409, expect.stringContaining('released')])
  expect((await unlock('late', mine)).status).toBe(200)
  expect((await push('late', state(2), 'unknown-lock')).status).toBe(409)
  await deleted('late')
  // Refusals would be followed by now.
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(await statusOf('/state/late')).toBe(404)
  expect(await rows("select name from states where name = 'late'")).toEqual([])
})

test('an upload that began before the deletion is refused when it ends', async () => {
  await push('flight', state(1))
  const upload = await slowUpload(worker, 'flight', state(2))
  expect((await remove('flight')).status).toBe(204)
  expect(await upload.end()).toBe(409)
  expect(await statusOf('/state/flight')).toBe(404)
  await deleted('flight')
})

test('a state that is deleted while it is read does not end like a whole one', async () => {
  const resources = Array.from({ length: 30 }, (_, n) => ({ name: `n${n}`, attributes: { id: 'x'.repeat(1_000_000) } }))
  await push('half', state(1, resources))
  const { origin } = await worker.server().ready
  const headers = { authorization: `Bearer ${root}` }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${origin}/state/half`, { headers, agent: false }).on('response', resolve).on('error', reject).end()
  })
  expect(response.statusCode).toBe(200)
  response.pause()
  await remove('half')
  await deleted('half')
  const end = await text(response).then(
    ({ length }) => length,
    (error: unknown) => String(error),
  )
  expect([end, Number(response.headers['content-length'])]).toEqual(['Error: aborted', state(1, resources).length])
})
