import { client, info, state } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, token } = client(worker)

type Body = Record<string, unknown> & { next: string | null }
const get = async (path: string) => (await (await worker.fetch(path)).json()) as Body

/** Waits until D1 has followed. */
const projected = (name: string, version: number) =>
  eventually(
    () => get(`/api/states/${encodeURIComponent(name)}`),
    (found) => found['version'] === version,
  )

test('a state is listed and shown with its numbers, its name percent-encoded', async () => {
  await push('team/a', state(3, [{ name: 'x' }]))
  await push('b', state(1))
  await projected('team/a', 1)
  await projected('b', 1)
  const first = await get('/api/states?limit=1')
  expect(first).toMatchObject({ states: [{ name: 'b', serial: 1, resource_count: 0 }], next: expect.any(String) })
  expect(await get(`/api/states?limit=1&cursor=${first.next}`)).toMatchObject({
    states: [{ name: 'team/a', serial: 3, resource_count: 1, inventory: 'complete', locked_by: null }],
    next: null,
  })
  expect((await worker.fetch('/api/states/none')).status).toBe(404)
})

test('the holder of a lock is shown with the whole story', async () => {
  const mine = info()
  await lock('held', mine)
  const shown = await eventually(
    () => get('/api/states/held'),
    (found) => (found['lock'] as { deployment?: string } | undefined)?.deployment !== undefined,
  )
  expect(shown).toMatchObject({
    locked_by: 'alice@laptop',
    lock: {
      id: mine.ID,
      who: 'alice@laptop',
      operation: 'apply',
      deployment: expect.stringMatching(/^deploy-\d{4}-\d\d-\d\d-\d{3}$/),
      story: expect.stringContaining('alice@laptop (apply) since'),
    },
  })
  await unlock('held', mine)
  expect(await get('/api/states/held')).toMatchObject({ lock: null, locked_by: null })
})

test('every version is kept and read back as it was written, with its own scope only', async () => {
  for (const serial of [1, 2, 5]) await push('kept', state(serial, [{ name: `r${serial}` }]))
  await projected('kept', 3)
  const page = await get('/api/states/kept/versions?limit=2')
  expect(page).toMatchObject({
    versions: [
      { version: 3, serial: 5, forced: false },
      { version: 2, serial: 2 },
    ],
  })
  expect(await get(`/api/states/kept/versions?limit=2&cursor=${page.next}`)).toMatchObject({
    versions: [{ version: 1, serial: 1, deployment: expect.stringMatching(/^deploy-/) }],
    next: null,
  })
  const raw = '/api/states/kept/versions/2'
  expect(await (await worker.fetch(raw)).text()).toBe(state(2, [{ name: 'r2' }]))
  expect((await worker.fetch(raw, { token: await token(['read']) })).status).toBe(403)
  expect((await worker.fetch(raw, { token: await token(['state:kept']) })).status).toBe(200)
  expect((await worker.fetch('/api/states/kept/versions/3')).status).toBe(404)
})

test('a refusal is told where Terraform shows only a number', async () => {
  const mine = info()
  await lock('told', mine)
  await push('told', state(4), mine.ID)
  await push('told', state(2), mine.ID)
  const other = { ...info(), Who: 'bob@desk' }
  for (const _ of [1, 2, 3]) await lock('told', other)
  const { events } = await eventually(
    () => get('/api/states/told/events'),
    (found) => ((found['events'] as unknown[] | undefined) ?? []).length >= 2,
  )
  expect(events).toMatchObject([
    { kind: 'lock_refused', who: 'bob@desk', detail: expect.stringContaining('locked by alice@laptop') },
    { kind: 'write_refused', lock_id: mine.ID, detail: expect.stringContaining('serial 2 is not newer') },
  ])
})

test('a cursor of another query is refused, and so is an unknown query value', async () => {
  for (const name of ['c1', 'c2']) await push(name, state(1))
  await projected('c2', 1)
  const { next } = await get('/api/states?limit=1')
  expect((await worker.fetch(`/api/states?limit=2&cursor=${next}`)).status).toBe(200)
  expect((await worker.fetch(`/api/tokens?cursor=${next}`)).status).toBe(400)
  expect((await worker.fetch('/api/states?cursor=x')).status).toBe(400)
  expect((await worker.fetch('/api/states?color=red')).status).toBe(400)
  expect((await worker.fetch('/api/states?limit=201')).status).toBe(400)
  expect((await worker.fetch('/api/states/lock')).status).toBe(400)
})

const worth = async (path: string) => {
  const { next } = (await (await worker.fetch(`${path}?limit=1`)).json()) as { next: string }
  return JSON.parse(Buffer.from(next, 'base64url').toString()) as { q: string; k: unknown }
}

test('a cursor of the right query with forged keys is refused', async () => {
  for (const name of ['forged-a', 'forged-b']) await push(name, state(1))
  for (const path of ['/api/states', '/api/deployments']) {
    await eventually(
      async () => (await (await worker.fetch(`${path}?limit=1`)).json()) as { next: string | null },
      ({ next }) => next !== null,
    )
    const { q } = await worth(path)
    for (const k of [[true], [], [1.5], ['a', 'b'], [{}], [null, 1]]) {
      const cursor = Buffer.from(JSON.stringify({ q, k })).toString('base64url')
      expect([k, (await worker.fetch(`${path}?limit=1&cursor=${cursor}`)).status]).toEqual([k, 400])
    }
  }
})
