import { diffsOf, state } from '../../testing-states.ts'
import type { Resource } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { stored, diffOf, refusal } = diffsOf(worker)

type Body = Record<string, unknown>

test('what cannot be read whole is not compared', async () => {
  const encrypted = JSON.stringify({ serial: 2, lineage: 'lineage-1', encrypted_data: 'AAAA', meta: {} })
  await stored('odd', state(1), encrypted, JSON.stringify({ version: 5, serial: 3, lineage: 'lineage-1' }), state(4))
  expect(await refusal('odd', '?from=1&to=2')).toEqual([409, expect.stringMatching(/^Serial 2 cannot be .*encrypts/)])
  expect(await refusal('odd', '?from=3&to=1')).toEqual([409, expect.stringMatching(/^Serial 3 cannot be .*version 5/)])
  expect(await diffOf('odd', '?from=1&to=4')).toMatchObject({ changes: [], outputs: [], truncated: false })
  const large = state(
    2,
    Array.from({ length: 26 }, (_, n) => ({ name: `n${n}`, attributes: { id: 'x'.repeat(1e6) } })),
  )
  await stored('beyond', state(1), large)
  expect(await refusal('beyond')).toEqual([409, expect.stringMatching(/^Serial 2 cannot be .*25 MB/)])
})

const document = (serial: number, resources: unknown, more: Body = {}) =>
  JSON.stringify({ resources, serial, version: 4, lineage: 'l', ...more })
const block = (instances: unknown, more: Body = {}) => ({
  instances,
  mode: 'managed',
  name: 'n',
  type: 't',
  provider: 'p',
  ...more,
})

test('odd states are compared as far as they go', async () => {
  const half = { id: 'x', text: 'a\ud800', 'k\udc00': '\0' }
  await stored(
    'odd-objects',
    document(1, [block([{ attributes: { id: 'x' } }]), block(null, { name: 'b' }), null, 1], { outputs: null }),
    document(2, [block([{ attributes: half }, { attributes: null }, 'x']), {}], { outputs: { a: null, b: 1 } }),
    document(3, null),
  )
  expect(await diffOf('odd-objects', '?from=1&to=2')).toMatchObject({
    from: { inventory: 'complete' },
    to: { inventory: 'partial', inventory_detail: expect.stringContaining('1 object') },
    changes: [
      {
        address: 't.n',
        action: 'update',
        attributes: [
          { name: expect.any(String), after: '\0' },
          { name: 'text', after: 'a\ufffd' },
        ],
      },
    ],
    outputs: [],
  })
  expect(await diffOf('odd-objects')).toMatchObject({ changes: [{ address: 't.n', action: 'delete' }] })
  const keys = [{ index_key: 'b' }, { index_key: 10 }, { index_key: 'a' }, { deposed: '00ab' }].map((key) => ({
    ...key,
    attributes: { id: 'x' },
  }))
  await stored('keys', document(1, []), document(2, [block(keys, { module: 'module.m' })]))
  expect((await diffOf('keys')).changes.map(({ address, action }) => [address, action])).toEqual([
    ['module.m.t.n (deposed 00ab)', 'create'],
    ['module.m.t.n["a"]', 'create'],
    ['module.m.t.n["b"]', 'create'],
    ['module.m.t.n[10]', 'create'],
  ])
})

const huge = (text: string, status?: string): Resource[] => [
  { name: 'huge', attributes: { id: 'h', text: text.repeat(300_000) }, ...(status ? { status } : {}) },
  { name: 'small', attributes: { id: text } },
]

test('what is too much for an answer is told to be more', async () => {
  const many = Array.from({ length: 1500 }, (_, n) => ({ name: `n${n}`, attributes: { id: `${n}`, a: 1, b: 2 } }))
  await stored('many', state(1), state(2, many))
  const { changes, truncated } = await diffOf('many')
  expect([changes.length, truncated, changes.at(-1)?.truncated]).toEqual([1000, true, false])

  const wide = Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`a${n}`, n]))
  await stored(
    'wide',
    state(1),
    state(
      2,
      ['a', 'b', 'c', 'd'].map((name) => ({ name, attributes: wide })),
    ),
  )
  const cut = await diffOf('wide')
  expect(cut.changes.map((change) => [change.attributes.length, change.truncated])).toEqual([
    [4000, false],
    [4000, false],
    [2000, true],
    [0, true],
  ])
  expect(cut.truncated).toBe(true)

  await stored('huge', state(1, huge('ab')), state(2, huge('ba')), state(3, huge('ba', 'tainted')))
  expect(await diffOf('huge', '?from=1&to=2')).toMatchObject({
    changes: [
      { action: 'update', attributes: [], truncated: true },
      { action: 'replace', truncated: false },
    ],
    truncated: true,
  })
  expect((await diffOf('huge', '?from=2')).changes).toMatchObject([{ action: 'taint' }])
})

/** How long the slowest request to the same ledger took while something else was done there, in milliseconds. */
async function longestPause(work: Promise<unknown>): Promise<number> {
  const end = work.then(() => 'end')
  for (let slowest = 0; ;) {
    const asked = performance.now()
    expect((await worker.fetch('/state/twenty', { method: 'UNLOCK', json: { ID: 'nobody' } })).status).toBe(200)
    slowest = Math.max(slowest, performance.now() - asked)
    const pause = new Promise((resolve) => setTimeout(resolve, 20))
    if ((await Promise.race([end, pause])) === 'end') return slowest
  }
}

test('two versions of 20 MB are compared while others are answered', async () => {
  const text = 'lorem ipsum dolor sit amet '.repeat(25)
  const resources = (word: string) =>
    Array.from({ length: 19_000 }, (_, n) => ({
      name: `n${n}`,
      attributes: { id: `${n}`, text, word: n % 50 === 0 ? word : '' },
    }))
  await stored('twenty', state(1, resources('one')), state(2, resources('two')))
  expect(state(1, resources('one')).length).toBeGreaterThan(20_000_000)
  const compared = diffOf('twenty')
  const begin = performance.now()
  const pauses = await longestPause(compared)
  const { changes, truncated } = await compared
  expect(performance.now() - begin).toBeLessThan(30_000)
  expect([changes.length, truncated, changes[0]?.attributes]).toEqual([
    380,
    false,
    [{ name: 'word', before: 'one', after: 'two', sensitive: false }],
  ])
  expect(pauses).toBeLessThan(2000)
}, 60_000)

test('a state that is deleted while it is compared is gone', async () => {
  const resources = Array.from({ length: 10 }, (_, n) => ({ name: `n${n}`, attributes: { id: 'x'.repeat(1_000_000) } }))
  await stored('vanishing', state(1), state(2, resources))
  const compared = refusal('vanishing')
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect((await worker.fetch('/api/states/vanishing?confirm=vanishing', { method: 'DELETE' })).status).toBe(204)
  expect([200, 404]).toContain((await compared)[0])
  expect((await worker.fetch('/state/vanishing')).status).toBe(404)
})
