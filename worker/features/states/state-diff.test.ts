import { client, diffsOf, state } from '../../testing-states.ts'
import type { Resource } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { token, push } = client(worker)
const { stored, diffOf, refusal } = diffsOf(worker)

type Body = Record<string, unknown>

const server = (attributes: Body): Resource => ({ name: 'server', attributes: { id: 's', size: 1, ...attributes } })
const value = (name: string, before: unknown, after: unknown, sensitive = false) => ({ name, before, after, sensitive })
const of = (name: string, action: string, ...attributes: Body[]) => ({
  address: `terraform_data.${name}`,
  type: 'terraform_data',
  provider: 'terraform',
  action,
  attributes,
  truncated: false,
})
const nothing = { changes: [], outputs: [], truncated: false }

test('two versions are compared resource by resource, attribute by attribute, in both directions', async () => {
  const first = [
    server({ tags: { env: 'test', team: 'x' }, ingress: [{ port: 80 }] }),
    { name: 'gone' },
    { name: 'same', attributes: { id: 'x', a: 1, b: { c: 1, d: 2 } } },
    { name: 'other_id', attributes: { id: 'one' } },
    { name: 'bad', status: 'tainted' },
  ]
  const second = [
    server({ tags: { env: 'live', team: 'x' }, ingress: [{ port: 443 }, { port: 80 }] }),
    { name: 'a_new', attributes: { id: 'n', list: [1, 2], none: null } },
    { name: 'same', attributes: { b: { d: 2, c: 1 }, a: 1, id: 'x' } },
    { name: 'other_id', attributes: { id: 'two' } },
    { name: 'bad' },
  ]
  await stored('team/compared', state(1, first), state(2), state(5, second))
  expect(await diffOf('team/compared', '?from=1')).toEqual({
    state: 'team/compared',
    from: side(1, 1, 5),
    to: side(3, 5, 5),
    changes: [
      of('a_new', 'create', value('id', null, 'n'), value('list', null, [1, 2])),
      of('bad', 'untaint'),
      of('gone', 'delete', value('id', 'gone', null)),
      of('other_id', 'replace', value('id', 'one', 'two')),
      of(
        'server',
        'update',
        value('ingress[0].port', 80, 443),
        value('ingress[1]', null, { port: 80 }),
        value('tags.env', 'test', 'live'),
      ),
    ],
    outputs: [],
    truncated: false,
  })
  const back = await diffOf('team/compared', '?from=5&to=1')
  expect([back.from['serial'], back.to['serial']]).toEqual([5, 1])
  expect(back.changes.map(({ address, action }) => [address.split('.')[1], action])).toEqual([
    ['a_new', 'delete'],
    ['bad', 'taint'],
    ['gone', 'create'],
    ['other_id', 'replace'],
    ['server', 'update'],
  ])
  expect(back.changes[4]?.attributes[2]).toEqual(value('tags.env', 'live', 'test'))
  const newest = await diffOf('team/compared')
  expect([newest.from['serial'], newest.to['serial'], newest.changes.length]).toEqual([2, 5, 5])
  expect(await diffOf('team/compared', '?to=2')).toMatchObject({ from: { serial: 1 }, to: { serial: 2 } })
  expect(await diffOf('team/compared', '?from=5&to=5')).toMatchObject(nothing)
})

function side(version: number, serial: number, count: number) {
  return {
    version,
    serial,
    lineage: 'lineage-1',
    terraform_version: '1.11.4',
    resource_count: count,
    inventory: 'complete',
    inventory_detail: null,
    created_at: expect.stringMatching(/^\d{4}-.*Z$/),
  }
}

const withOutputs = (serial: number, outputs: Body) =>
  state(serial).replace('"outputs": {}', `"outputs": ${JSON.stringify(outputs)}`)

test('outputs are compared like attributes', async () => {
  await stored(
    'outputs',
    withOutputs(1, {
      url: { value: 'a', type: 'string' },
      map: { value: { x: 1, y: [1] } },
      old: { value: 1 },
      same: { value: 1 },
    }),
    withOutputs(2, {
      same: { value: 1 },
      url: { value: 'b', type: 'string' },
      map: { value: { x: 1, y: [2] } },
      pin: { value: 1, sensitive: true },
    }),
  )
  expect((await diffOf('outputs')).outputs).toEqual([
    value('map.y[0]', 1, 2),
    value('old', 1, null),
    value('pin', null, '(sensitive)', true),
    value('url', 'a', 'b'),
  ])
})

test('serials that are not there, or no serials, are refused in words', async () => {
  await stored('few', state(3), state(4))
  expect(await refusal('few', '?from=1')).toEqual([404, 'The state few has no version with the serial 1.'])
  expect(await refusal('few', '?to=9')).toEqual([404, 'The state few has no version with the serial 9.'])
  expect(await refusal('few', '?to=3')).toEqual([404, 'The state few has no version before serial 3.'])
  expect(await refusal('never')).toEqual([404, 'There is no state never.'])
  for (const query of [
    '?from=',
    '?from=a',
    '?from=-1',
    '?from=1.5',
    '?from=1e3',
    '?to=99999999999999999',
    '?from=3&from=4',
    '?since=3',
  ])
    expect([query, (await refusal('few', query))[0]]).toEqual([query, 400])
  const only = await token(['state:few', 'force:few'])
  expect((await worker.fetch('/api/states/few/diff', { token: only })).status).toBe(403)
})

test('of versions with one serial the newest is compared', async () => {
  const lock = { ID: 'forcing', Operation: 'state-push' }
  await stored('forced', state(1, [{ name: 'a' }]), state(2))
  await worker.fetch('/state/forced', { method: 'LOCK', json: lock })
  await push('forced', state(1, [{ name: 'b' }]), lock.ID)
  expect(await diffOf('forced', '?from=1&to=2')).toMatchObject({
    from: { version: 3, serial: 1 },
    to: { version: 2 },
    changes: [{ address: 'terraform_data.b', action: 'delete' }],
  })
  expect(await diffOf('forced')).toMatchObject({ from: { version: 2 }, to: { version: 3 } })
})
