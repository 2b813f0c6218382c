import { client, info, miscounted } from '../../testing-states.ts'
import { eventually, startWorker } from '../../testing.ts'

const worker = startWorker()
const { lock, unlock, push } = client(worker)

type Members = Record<string, unknown>

function block(instances: unknown, members: Members = {}): Members {
  return { mode: 'managed', type: 't', name: 'n', provider: 'provider["r/a/b"]', ...members, instances }
}

function document(resources: unknown, members: Members = {}): Members {
  return { version: 4, terraform_version: '1.11.4', serial: 1, lineage: 'l', outputs: {}, resources, ...members }
}

function one(members: Members = {}): Members {
  return { schema_version: 0, attributes: { id: 'x' }, ...members }
}

/** The state once D1 has its version. */
async function followed(name: string, version = 1): Promise<Members> {
  return eventually(
    async () => (await (await worker.fetch(`/api/states/${name}`)).json()) as Members,
    (state) => state['version'] === version,
    2000,
  )
}

async function addresses(name: string): Promise<string[]> {
  const response = await worker.fetch(`/api/resources?state=${name}`)
  const { resources } = (await response.json()) as { resources: { address: string }[] }
  return resources.map(({ address }) => address).toSorted()
}

const listed: [what: string, body: unknown, inventory: string, addresses: string[]][] = [
  ['two objects with one address', document([block([one(), one()])]), 'complete', ['t.n']],
  ['no provider', document([block([one()], { provider: null })]), 'complete', ['t.n']],
  ['no module', document([block([one()], { module: null })]), 'complete', ['t.n']],
  ['members that are null', document([block([one({ deposed: null, status: null })])]), 'complete', ['t.n']],
  ['odd dependencies', document([block([one({ dependencies: [1, null] })])]), 'complete', ['t.n']],
  ['no dependencies', document([block([one({ dependencies: null })])]), 'complete', ['t.n']],
  ['a list of attributes', document([block([one({ attributes: [1] })])]), 'complete', ['t.n']],
  ['a huge id', document([block([one({ attributes: { id: 'x'.repeat(2_200_000) } })])]), 'complete', ['t.n']],
  ['a zero byte', document([block([one({ attributes: { id: 'a\0' } })], { name: 'n\0' })]), 'complete', ['t.n\0']],
  ['half a character', document([block([one()], { name: 'n\ud800' })]), 'complete', ['t.n\ufffd']],
  [
    'a secret of half a character',
    document([block([one({ attributes: { password: '12345\ud800' } })])]),
    'complete',
    ['t.n'],
  ],
  ['nothing', document(null), 'complete', []],
  ['blocks that are none', document([1, null, 'x', [], {}]), 'complete', []],
  ['an index that is none', document([block([one({ index_key: true }), one()])]), 'partial', ['t.n']],
  ['objects that are none', document([block([1, null, [], one()])]), 'partial', ['t.n']],
  ['no type', document([block([one()], { type: null }), block([one()])]), 'partial', ['t.n']],
  ['a name of megabytes', document([block([one()], { name: 'n'.repeat(2_200_000) })]), 'partial', []],
]

test.each(listed)(
  'a state with %s is stored, followed and listed as far as it goes',
  async (what, body, inventory, found) => {
    const name = what.replaceAll(' ', '-')
    expect((await push(name, JSON.stringify(body))).status).toBe(200)
    expect(await followed(name)).toMatchObject({ inventory })
    expect(await addresses(name)).toEqual(found)
    expect((await push(name, JSON.stringify(document([], { serial: 2 })))).status).toBe(200)
    await followed(name, 2)
    expect(await miscounted(worker)).toEqual([])
  },
)

test('members in another order than Terraform writes them are the same state', async () => {
  const data = { instances: [one()], mode: 'data', name: 'd', provider: '', type: 't' }
  const managed = {
    instances: [one({ index_key: 0 }), one({ index_key: 1 })],
    mode: 'managed',
    name: 'n',
    provider: '',
    type: 't',
  }
  await push('sorted', JSON.stringify(document([data, managed])))
  expect(await followed('sorted')).toMatchObject({ inventory: 'complete', resource_count: 2 })
  expect(await addresses('sorted')).toEqual(['t.n[0]', 't.n[1]'])
})

test('what is secret in a data source, or marked in a way we do not know, is shown nowhere', async () => {
  const marked = [[{ type: 'get_attr', value: 'answer' }]]
  const unknown = [
    [
      { type: 'get_attr', value: 'deep' },
      { type: 'new', value: { at: 1 } },
    ],
  ]
  const source = block([one({ attributes: { answer: 'open-sesame-1' }, sensitive_attributes: marked })], {
    mode: 'data',
  })
  const copy = one({ attributes: { id: 'x', copy: 'a open-sesame-1 b', deep: { of: 'buried-treasure' } } })
  await push('data', JSON.stringify(document([source, block([{ ...copy, sensitive_attributes: unknown }])])))
  await followed('data')
  const shown = await (await worker.fetch('/api/resources?state=data')).text()
  expect(shown).not.toMatch(/open-sesame|buried-treasure/)
})

test('what follows an odd state is followed too', async () => {
  const mine = info()
  await lock('after', mine)
  await push('after', JSON.stringify(document([block([one({ index_key: {} })])])), mine.ID)
  await push('after', JSON.stringify(document([block([one()])], { serial: 2 })), mine.ID)
  await unlock('after', mine)
  expect(await followed('after', 2)).toMatchObject({ inventory: 'complete', inventory_detail: null, locked_by: null })
  expect(await addresses('after')).toEqual(['t.n'])
})

test('a value that is marked as a secret later is hidden then, though nothing happened to it', async () => {
  const attributes = { id: 'x', answer: 'open-sesame-1' }
  const marks = [[{ type: 'get_attr', value: 'answer' }]]
  await push('marked', JSON.stringify(document([block([one({ attributes })])])))
  await followed('marked')
  const marked = one({ attributes, sensitive_attributes: marks, dependencies: ['t.other'] })
  await push('marked', JSON.stringify(document([block([marked])], { serial: 2 })))
  await followed('marked', 2)
  const { resources } = (await (await worker.fetch('/api/resources?state=marked')).json()) as { resources: Members[] }
  expect(resources).toMatchObject([{ attributes: { answer: '(sensitive)' }, dependencies: ['t.other'] }])
  const { changes } = (await (await worker.fetch(`/api/resources/${String(resources[0]?.['id'])}/history`)).json()) as {
    changes: Members[]
  }
  expect(changes).toMatchObject([{ action: 'create', version: 1 }])
})
