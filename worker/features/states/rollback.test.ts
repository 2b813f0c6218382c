import { client, info, slowUpload, state } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push, token, run } = client(worker)

type Body = Record<string, unknown>

const rollBack = async (name: string, serial: unknown, bearer?: string) =>
  worker.fetch(`/api/states/${encodeURIComponent(name)}/rollback`, {
    method: 'POST',
    json: { serial },
    ...(bearer ? { token: bearer } : {}),
  })
const answer = async (reply: ReturnType<typeof rollBack>) => {
  const response = await reply
  return [response.status, (await response.json()) as Body] as const
}
const stored = async (name: string) => (await worker.fetch(`/state/${name}`)).text()
const get = async (path: string) => (await (await worker.fetch(path)).json()) as Body
const versions = async (name: string) => (await get(`/api/states/${name}/versions`))['versions'] as Body[]

/** The versions once D1 has followed. */
const followed = async (name: string, count: number) =>
  eventually(
    async () => versions(name).catch(() => []),
    (found) => found?.length === count,
  )

test('an old content becomes the newest version, and is recorded as what it is', async () => {
  for (const [serial, names] of [
    [1, ['a', 'b']],
    [2, ['a']],
    [3, ['a', 'c']],
  ] as const)
    await push(
      'team/told',
      state(
        serial,
        names.map((name) => ({ name })),
      ),
    )
  const ci = await token(['state:team/*'])
  expect(await answer(rollBack('team/told', 1, ci))).toEqual([200, { version: 4, serial: 4, rolled_back_to: 1 }])
  expect(await stored('team/told')).toBe(state(4, [{ name: 'a' }, { name: 'b' }]))

  const newest = await run('team/told', (row) => row['operation'] === 'state-push' && row['status'] === 'success')
  expect(newest).toMatchObject({
    reason: 'Rolled back to serial 1 by test.',
    inferred: 0,
    credential: 'test',
    writes: 1,
    resources_imported: 1,
    resources_forgotten: 1,
    resource_count: 2,
  })
  expect((await followed('team%2Ftold', 4))[0]).toMatchObject({
    version: 4,
    serial: 4,
    deployment: newest['deployment_id'],
  })
  expect(await get('/api/states/team%2Ftold/events')).toMatchObject({
    events: [{ kind: 'rolled_back', actor: 'test', detail: 'Serial 4 is the content of serial 1 again.' }],
  })
  const { resources } = await get('/api/resources?state=team/told')
  expect((resources as Body[]).map(({ name }) => name)).toEqual(expect.arrayContaining(['a', 'b']))
  const acts = async () => (await get('/api/audit?action=state.rollback'))['acts'] as Body[] | undefined
  expect(await eventually(acts, (rows) => rows?.length === 1)).toMatchObject([
    { actor: 'test', subject: 'team/told', outcome: 'success', detail: { from_serial: 3, to_serial: 1, serial: 4 } },
  ])
})

const inner = '{"serial":7,"lineage":"x","deep":{"serial":[8,{"serial":9}]}}'
const odd: [what: string, before: (serial: string) => string, written: string, serial: number][] = [
  ['as Terraform writes it', (serial) => state(1).replace('"serial": 1', `"serial": ${serial}`), '1', 1],
  ['in one line', (serial) => `{"version":4,"serial":${serial},"lineage":"l","outputs":{},"resources":[]}`, '1', 1],
  ['sorted', (serial) => `{"lineage":"l","outputs":{},"resources":[],"serial":${serial},"version":4}`, '5', 5],
  ['at the end', (serial) => `{"version":4,"lineage":"l","serial" \n:\t${serial}\r\n}\n`, '5', 5],
  ['as 1e3', (serial) => `{"serial":${serial},"version":4,"lineage":"l"}`, '1e3', 1000],
  ['as 12.0', (serial) => `{"serial":${serial} ,"version":4,"lineage":"l"}`, '12.0', 12],
  ['as -0', (serial) => `{"serial":${serial},"version":4,"lineage":"l"}`, '-0', 0],
  ['twice', (serial) => `{"serial":99,"version":4,"lineage":"l","serial":${serial}}`, '3', 3],
  ['with an escaped name', (serial) => `{"version":4,"s\\u0065rial":${serial},"lineage":"l"}`, '3', 3],
  ['of format 3', (serial) => `{"version":3,"serial":${serial},"lineage":"l","modules":[${inner}]}`, '3', 3],
  [
    'with others below it',
    (
      serial,
    ) => `{"check_results":${inner},"outputs":{"serial":{"value":4}},"x":[${inner}],"serial":${serial},"lineage":"l",
      "resources":[{"serial":1,"instances":[{"attributes":${inner}}],"type":"serial"}],"version":4}`,
    '3',
    3,
  ],
  [
    'among nulls and half characters',
    (serial) => `{"version":null,"terraform_version":null,"lineage":"é\\ud800","serial":${serial},"resources":null,
      "outputs":null,"x":"\\udc00\\"serial\\":1"}`,
    '3',
    3,
  ],
  ['across two pieces', (serial) => `{"x":"${'.'.repeat(999_984)}","serial":${serial},"lineage":"l"}`, '123', 123],
  ['in the second piece', (serial) => `{"x":"${'.'.repeat(1_000_000)}","serial":${serial},"lineage":"l"}`, '123', 123],
]

test.each(odd)('a serial %s is all that changes', async (what, text, written, serial) => {
  const name = what.replaceAll(' ', '-')
  expect((await push(name, text(written))).status).toBe(200)
  const { lineage } = JSON.parse(text(written)) as { lineage: string }
  expect((await push(name, state(serial + 2, [], lineage))).status).toBe(200)
  expect(await answer(rollBack(name, serial))).toMatchObject([200, { serial: serial + 3 }])
  expect((await stored(name)) === text(String(serial + 3))).toBe(true)
})

test('the same request twice rolls back once, and one that is no change is none', async () => {
  for (const serial of [1, 2, 3]) await push('repeated', state(serial, [{ name: `r${serial}` }]))
  const first = [200, { version: 4, serial: 4, rolled_back_to: 1 }]
  for (const _ of [1, 2]) expect(await answer(rollBack('repeated', 1))).toEqual(first)
  expect(await answer(rollBack('repeated', 4))).toMatchObject([409, { detail: expect.stringContaining('newest') }])
  expect(await answer(rollBack('repeated', 3))).toMatchObject([200, { version: 5, serial: 5 }])
  // Serials 3 and 5 are one content, and so are 1 and 4.
  expect(await answer(rollBack('repeated', 3))).toEqual([200, { version: 5, serial: 5, rolled_back_to: 3 }])
  expect(await answer(rollBack('repeated', 4))).toEqual([200, { version: 6, serial: 6, rolled_back_to: 4 }])
  expect(await answer(rollBack('repeated', 1))).toEqual([200, { version: 6, serial: 6, rolled_back_to: 1 }])
  expect(await followed('repeated', 6)).toHaveLength(6)
})

test('a push of another lineage is undone, and of equal serials the newest is meant', async () => {
  await push('lineage', state(1))
  await push('lineage', state(2, [{ name: 'a' }]))
  const mine = info('state-push')
  await lock('lineage', mine)
  await push('lineage', state(1, [], 'another'), mine.ID)
  await unlock('lineage', mine)
  expect(await answer(rollBack('lineage', 1))).toMatchObject([409, { detail: expect.stringContaining('newest') }])
  // The newest is serial 1, so the old content becomes a serial 2 like the one it is of.
  for (const _ of [1, 2])
    expect(await answer(rollBack('lineage', 2))).toEqual([200, { version: 4, serial: 2, rolled_back_to: 2 }])
  expect(await stored('lineage')).toBe(state(2, [{ name: 'a' }]))
})

test('a locked state is not rolled back, and the holder is named', async () => {
  for (const serial of [1, 2]) await push('held', state(serial))
  const mine = info()
  await lock('held', mine)
  expect(await answer(rollBack('held', 1))).toMatchObject([423, { detail: expect.stringContaining('alice@laptop') }])
  expect(await stored('held')).toBe(state(2))
  await unlock('held', mine)
  expect(await answer(rollBack('held', 1))).toMatchObject([200, { serial: 3 }])
})

const encrypted = (serial: number) => JSON.stringify({ serial, lineage: 'l', encrypted_data: 'AAAA', meta: {} })

test('what cannot be rolled back is refused in words', async () => {
  for (const serial of [1, 2]) await push('encrypted', encrypted(serial))
  expect(await answer(rollBack('encrypted', 1))).toMatchObject([409, { detail: expect.stringContaining('encrypted') }])
  await push('highest', state(1))
  await push('highest', state(Number.MAX_SAFE_INTEGER))
  expect(await answer(rollBack('highest', 1))).toMatchObject([409, { detail: expect.stringContaining('highest') }])
  await push('few', state(1))
  expect(await answer(rollBack('few', 2))).toMatchObject([404, { detail: expect.stringContaining('serial 2') }])
  expect(await answer(rollBack('none', 1))).toMatchObject([404, { detail: expect.stringContaining('none') }])
  expect(await answer(rollBack('few', 1, await token(['read', 'admin', 'force:few'])))).toMatchObject([
    403,
    { detail: expect.stringContaining('state:few') },
  ])
})

test.each([
  ['a text', '1'],
  ['a fraction', 1.5],
  ['negative', -1],
  ['null', null],
  ['too large', 2 ** 53],
  ['a list', [1]],
])('a serial that is %s is refused', async (_, serial) => {
  await push('bad', state(1))
  expect(await answer(rollBack('bad', serial))).toMatchObject([400, { detail: expect.stringContaining('/serial') }])
})

test.each(['', 'null', '[]', '{}', '{"serial": 1, "force": true}', '{"serial": 1'])(
  'a body like %p is refused',
  async (body) => {
    const path = '/api/states/bad/rollback'
    const headers = { 'content-type': 'application/json' }
    expect((await worker.fetch(path, { method: 'POST', body, headers })).status).toBe(400)
    expect((await worker.fetch(`${path}?serial=1`, { method: 'POST', json: { serial: 1 } })).status).toBe(400)
  },
)

test('of rollbacks at once each is made once, in some order', async () => {
  for (const serial of [1, 2, 3]) await push('race', state(serial, [{ name: `r${serial}` }]))
  const all = await Promise.all([1, 2, 1, 2].map(async (serial) => answer(rollBack('race', serial))))
  expect(all.map(([status]) => status)).toEqual([200, 200, 200, 200])
  const newest = Math.max(...all.map(([, body]) => Number(body['version'])))
  const serials = (await followed('race', newest)).map(({ serial }) => serial)
  expect(serials).toEqual(serials.map((_, index) => serials.length - index))
})

test('a rollback during an upload wins: what was in flight is stale', async () => {
  for (const serial of [1, 2]) await push('flight', state(serial, [{ name: `r${serial}` }]))
  const upload = await slowUpload(worker, 'flight', state(3))
  expect(await answer(rollBack('flight', 1))).toMatchObject([200, { serial: 3 }])
  expect(await upload.end()).toBe(409)
  expect(await stored('flight')).toBe(state(3, [{ name: 'r1' }]))
})

/** What became of a rollback to serial 1 and of a push that came so long after it began. */
async function racing(name: string, serial: number, delay: number) {
  const rolledBack = answer(rollBack(name, 1))
  await new Promise((resolve) => setTimeout(resolve, delay))
  const pushed = await push(name, state(serial, [{ name: 'new' }]))
  const [status] = await rolledBack
  const { serial: newest } = JSON.parse(await stored(name)) as { serial: number }
  return { outcome: `${status} ${pushed.status} +${newest - serial}`, newest }
}

test('what comes while a large version is copied is not undone unseen', async () => {
  const filler = Array.from({ length: 20 }, (_, n) => ({ name: `n${n}`, attributes: { id: 'x'.repeat(1_000_000) } }))
  await push('large', state(1, filler))
  await push('large', state(2))
  const outcomes: string[] = []
  for (let [newest, delay] = [2, 20]; !outcomes.includes('409 200 +0') && delay < 2000; delay *= 2) {
    const race = await racing('large', newest + 1, delay)
    outcomes.push(race.outcome)
    newest = race.newest
  }
  // Whichever came first, the other was refused, or came after it and knew of it.
  expect(['200 409 +0', '200 200 +1', '409 200 +0']).toEqual(expect.arrayContaining(outcomes))
  expect(outcomes).toContain('409 200 +0')
}, 60_000)
