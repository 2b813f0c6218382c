import { startWorker } from '../../worker/testing.ts'

// Without an account: what is not valid is told before one is needed.
const worker = startWorker()

async function problems(json: unknown): Promise<string[]> {
  const response = await worker.fetch('/flows/create-project', { method: 'POST', json })
  const { errors } = (await response.json()) as { errors?: { pointer: string; detail: string }[] }
  return [String(response.status), ...(errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`)]
}

test('all that is wrong is told at once, each with its place', async () => {
  const bindings = {
    d1: ['DB', 'CACHE'],
    kv: ['CACHE', 'CACHE', '9'],
    r2: ['A_B', 'A__B'],
    secrets: ['DB', 'two words'],
    buckets: ['X'],
  }
  const found = await problems({ name: 'Shop_', bindings, size: 3 })
  expect(found).toEqual(
    expect.arrayContaining([
      '400',
      expect.stringMatching(/^\/name: A name is up to 63 of a-z 0-9 -/),
      expect.stringMatching(/^\/: .*"size"/),
      expect.stringMatching(/^\/bindings: .*"buckets"/),
      expect.stringMatching(/^\/bindings\/kv\/2: A binding is/),
      expect.stringMatching(/^\/bindings\/secrets\/1: A binding is/),
      '/bindings/kv/0: The binding CACHE stands at /bindings/d1/1 already.',
      expect.stringMatching(/^\/bindings\/kv\/1: The binding CACHE stands/),
      '/bindings/secrets/0: The binding DB stands at /bindings/d1/0 already.',
      '/bindings/r2/1: A__B and A_B would both be Shop_-a-b.',
    ]),
  )
})

test.each([
  ['two hundred bindings', { secrets: Array.from({ length: 200 }, (_, n) => `S${n}`) }, 'at most 64 are allowed'],
  ['no object', null, 'expected object'],
  ['a number', 5, 'expected object'],
  ['no list', { d1: 'DB' }, 'This is a list of names'],
  ['a map of something', { d1: { DB: true } }, ''],
])('%s', async (_, bindings, told) => {
  const [status, ...found] = await problems({ name: 'shop', bindings })
  expect([status, found.join('\n')]).toEqual(['400', expect.stringContaining(told)])
})

test('a resource of the control plane', async () => {
  const found = await problems({ name: 'throughline-outbox', bindings: { queues: ['DEAD'] } })
  expect(found).toContain('/bindings/queues/0: throughline-outbox-dead is the control plane’s own.')
})

test.each(['throughline', 'THROUGHLINE', '', '-a', 'a-', 'a_b', 'a.b', 'é', '1a', 'a'.repeat(64)])(
  'the name %j',
  async (name) => expect((await problems({ name, bindings: {} }))[0]).toBe('400'),
)

test('what is valid needs an account', async () => {
  expect((await problems({ name: 'shop', bindings: { d1: ['DB'], kv: null, r2: { OLD: null } } }))[0]).toBe('503')
  for (const headers of [{ 'idempotency-key': 'two words' }, { 'idempotency-key': 'x'.repeat(201) }]) {
    const response = await worker.fetch('/flows/create-project', { method: 'POST', json: { name: 'a' }, headers })
    expect(response.status === 400 || response.status === 503).toBe(true)
  }
})
