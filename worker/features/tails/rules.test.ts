import { Secrets } from '../../platform/redact.ts'
import { isWanted } from './filter.ts'
import type { Kept } from './filter.ts'
import { startOf } from './protocol.ts'
import { isTraceWanted } from './trace-filter.ts'
import { arrivalsIn } from './trace.ts'

const secrets = new Secrets()
secrets.add('the-account-token-0123456789')

function only(trace: object) {
  const [arrivals] = arrivalsIn([trace], secrets).values()
  const [arrival] = arrivals ?? []
  if (!arrival) throw new Error('It was left out.')
  return arrival
}

const plain = { scriptName: 'shop', outcome: 'ok', logs: [], exceptions: [], eventTimestamp: 1, event: null }
const line = (level: string, ...message: unknown[]) => ({ level, message, timestamp: 1 })

const rankWith = (more: object) => only({ ...plain, ...more }).rank

function kept(more: Partial<Kept> = {}): Kept {
  return { seq: 1, at: 1, rank: 1, outcome: 'ok', body: '{"a":"Über \\"x\\""}', ...more }
}

/** The numbers of the events that a share of a tenth holds. */
function sample(): number[] {
  return Array.from({ length: 10_000 }, (_, seq) => seq).filter((seq) => isWanted({ sampling: 0.1 }, kept({ seq })))
}

describe('what arrives', () => {
  test('is sorted by script, those of a dispatch namespace apart, and our own left out', () => {
    const traces = [
      plain,
      { ...plain, scriptName: 'throughline' },
      { ...plain, dispatchNamespace: 'apps' },
      { ...plain, scriptName: null },
      { ...plain, scriptName: 'apps/shop' },
      { ...plain, scriptName: 'a'.repeat(2000) },
      { ...plain, dispatchNamespace: 'apps/shop' },
      plain,
    ]
    const found = [...arrivalsIn(traces, secrets)].map(([script, { length }]) => [script, length])
    expect(found).toEqual([
      ['shop', 2],
      ['apps/shop', 1],
    ])
  })

  test('is as bad as the worst of it', () => {
    expect(rankWith({})).toBe(1)
    expect(rankWith({ logs: [line('debug')] })).toBe(0)
    expect(rankWith({ logs: [line('debug'), line('warn'), line('info')] })).toBe(2)
    expect(rankWith({ exceptions: [{ name: 'Error', message: 'x' }] })).toBe(3)
    expect(rankWith({ outcome: 'exceededCpu', logs: [line('debug')] })).toBe(3)
    expect(rankWith({ outcome: 'canceled' })).toBe(1)
  })

  test('has one name however often it comes, when its request has one', () => {
    const asked = { ...plain, event: { request: { method: 'GET', url: 'https://x/', headers: { 'cf-ray': 'a' } } } }
    expect(only(asked).digest).toBe(only(structuredClone(asked)).digest)
    expect(only(asked).digest).not.toBe(only({ ...asked, logs: [line('log', 'x')] }).digest)
    expect(only(plain).digest).toBeNull()
  })

  test('is cut when it is too much, and says so; a nest without an end does no harm', () => {
    const many = only({ ...plain, logs: Array.from({ length: 50 }, (_, n) => line('log', n, 'x'.repeat(20_000))) })
    const cut = JSON.parse(many.body)
    expect(cut).toMatchObject({ scriptName: 'shop', truncated: true, outcome: 'ok' })
    expect(cut.logs.length).toBeGreaterThan(5)
    const endless = only({ ...plain, exceptions: [{ name: 'x', message: 'y'.repeat(700_000) }] })
    expect(JSON.parse(endless.body)).toMatchObject({ truncated: true, exceptions: [] })
    const deep = JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`)
    expect(JSON.parse(only({ ...plain, logs: [line('log', deep)] }).body)).toMatchObject({ scriptName: 'shop' })
  })
})

test('no secret of an event is kept, wherever it stands', () => {
  const planted = 'Hunter2-Xyzzy-4711'
  const { body } = only({
    ...plain,
    event: {
      request: {
        method: 'GET',
        url: `https://shop.example/?token=${planted}&a=1`,
        headers: {
          authorization: `Bearer ${planted}`,
          cookie: `session=${planted}`,
          'x-api-key': planted,
          accept: 'a/b',
        },
      },
    },
    logs: [
      line('log', { user: 'ann', password: planted, nested: [{ apiKey: planted }] }),
      line('log', `login with password=${planted} failed`),
      line('log', JSON.stringify({ secret: planted, ok: true })),
      line('log', 'https://ann:Hunter2-Xyzzy-4711@db.example/'),
      line('log', 'the-account-token-0123456789', 'tl_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'),
    ],
    exceptions: [{ name: 'Error', message: `api_key: "${planted}" was refused`, stack: `secret=${planted}` }],
  })
  expect(body).not.toContain(planted)
  expect(body).not.toContain('the-account-token')
  expect(body).not.toContain('tl_abc')
  expect(body).toContain('login with password=(sensitive) failed')
  expect(JSON.parse(body)).toMatchObject({
    event: { request: { url: 'https://shop.example/?token=(sensitive)&a=1', headers: { accept: 'a/b' } } },
    logs: [{ message: [{ user: 'ann' }] }, {}, {}, {}, {}],
  })
})

test('printed headers and JSON hide what they would as headers and members, words too', () => {
  const headers = { 'x-api-key': 'planted', cookie: 'planted', 'cf-access-jwt-assertion': 'planted', accept: 'a/b' }
  const printed = line('log', headers, { pwd: 'planted', author: 'Ada', monkey: 'Abu' }, '{"token":"planted"}')
  const request = { url: 'https://shop.example/', headers: { 'x-forwarded-client-cert': 'planted' } }
  const { body } = only({ ...plain, event: { request }, logs: [printed] })
  expect(body).not.toContain('planted')
  for (const shown of ['Ada', 'Abu', 'a/b']) expect(body).toContain(shown)
})

test('prose about tokens stays prose', () => {
  expect(only({ ...plain, logs: [line('log', 'token: expired, tokens used: 12')] }).body).toContain('token: expired')
})

describe('filters', () => {
  test('take a level or worse, outcomes, and a text whatever its case', () => {
    expect([0, 1, 2, 3].map((rank) => isWanted({ level: 'warn' }, kept({ rank })))).toEqual([false, false, true, true])
    expect(isWanted({ outcome: ['exception'] }, kept())).toBe(false)
    expect(isWanted({ outcome: ['ok', 'exception'], text: 'über "X"' }, kept())).toBe(true)
    expect(isWanted({ text: 'nothing' }, kept())).toBe(false)
  })

  test('sample the same events each time, about as many as they should', () => {
    expect(sample()).toEqual(sample())
    expect(sample().length).toBeGreaterThan(800)
    expect(sample().length).toBeLessThan(1200)
  })

  test("are Cloudflare's on trace-v1", () => {
    const body = JSON.stringify({
      outcome: 'ok',
      logs: [{ message: ['hello'] }],
      scriptVersion: { id: 'v1' },
      event: { request: { method: 'GET', headers: { 'x-a': 'one', 'cf-connecting-ip': '192.0.2.1' } } },
    })
    const wants = (filter: object) => isTraceWanted(body, [filter], '192.0.2.1')
    expect(
      [
        { method: ['GET'] },
        { header: { key: 'X-A', query: 'on' } },
        { client_ip: ['self'] },
        { query: 'hell' },
        { scriptVersion: 'v1' },
        { sampling_rate: 1 },
      ].map(wants),
    ).toEqual(Array(6).fill(true))
    expect(
      [
        { method: ['PUT'] },
        { header: { key: 'x-b' } },
        { client_ip: ['192.0.2.9'] },
        { query: 'x' },
        { scriptVersion: 'v2' },
        { sampling_rate: 0 },
        { outcome: ['exception'] },
      ].map(wants),
    ).toEqual(Array(7).fill(false))
  })
})

test.each([
  ['the last thousand', null, 1, 5000, { cursor: 4000, gap: null }],
  ['all, of few', null, 1, 3, { cursor: 0, gap: null }],
  ['nothing, of none', null, 1, 0, { cursor: 0, gap: null }],
  ['what came since', 4990, 1, 5000, { cursor: 4990, gap: null }],
  ['nothing, for who has all', 5000, 1, 5000, { cursor: 5000, gap: null }],
  ['what is kept, and that something is missing', 10, 100, 5000, { cursor: 99, gap: { after: 10, next: 100 } }],
  ['what is kept, when just that is missing', 99, 100, 5000, { cursor: 99, gap: null }],
  [
    'the last thousand, for who knows of more than there is',
    9000,
    1,
    5000,
    { cursor: 4000, gap: { after: 9000, next: 4001 } },
  ],
])('a stream begins with %s', (_, since, oldest, head, start) => {
  expect(startOf(since, oldest, head)).toEqual(start)
})
