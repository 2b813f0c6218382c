import { gunzipSync } from 'node:zlib'
import { eventually, metered, startWorker } from '../../testing.ts'

const account = '0123456789abcdef0123456789abcdef'
const worker = startWorker(() => ({ CLOUDFLARE_ACCOUNT_ID: account }))

type Arrival = { body: string; rank: number; outcome: string; digest: string | null }
type Log = { receiveTail: (log: object, id: string, arrivals: Arrival[]) => Promise<void> }
type Shown = { seq: number; at: string; level: string; outcome: string; trace: { message: string } }

/** Objects live on from test to test: each has a script of its own. */
let scripts = 0
const nextScript = () => `stored-${(scripts += 1)}`

async function logOf(script: string): Promise<Log> {
  const namespace = await worker.server().getDurableObjectNamespace('LOG_TAILING_DO')
  return namespace.getByName(`${account}/${script}`) as unknown as Log
}

function event(message: string, more: Partial<Arrival> = {}): Arrival {
  return { body: JSON.stringify({ message }), rank: 1, outcome: 'ok', digest: null, ...more }
}

/** What is stored at once: no log waits with so much. */
const large = (message: string) => event(`${message} ${'x'.repeat(1_000_000)}`)

async function receive(script: string, id: string, ...arrivals: Arrival[]): Promise<void> {
  await (await logOf(script)).receiveTail({ account, script }, id, arrivals)
}

async function batches(script: string) {
  const db = await worker.db()
  const { results } = await db
    .prepare('select first_seq, last_seq, highest, r2_key from log_batches where script = ? order by first_seq')
    .bind(script)
    .all<{ first_seq: number; last_seq: number; highest: number; r2_key: string }>()
  return results
}

async function stored(script: string, last: number) {
  return eventually(
    () => batches(script),
    (found) => found.at(-1)?.last_seq === last,
    20_000,
  )
}

async function read(script: string, query = ''): Promise<{ events: Shown[]; next: string | null }> {
  const response = await worker.fetch(`/api/logs/${script}${query}`)
  if (response.status !== 200) throw new Error(await response.text())
  return response.json() as Promise<{ events: Shown[]; next: string | null }>
}

test('batches are put away gzipped, and read back with what is not stored yet, page by page', async () => {
  const script = nextScript()
  await receive(script, 'a', ...Array.from({ length: 30 }, (_, n) => event(`line ${n + 1}`)), large('end'))
  const [batch] = await stored(script, 31)
  const object = await (await worker.server().getR2Bucket('RECORDS')).get(batch?.r2_key ?? '')
  const lines = gunzipSync(Buffer.from(new Uint8Array((await object?.arrayBuffer()) as ArrayBuffer)))
    .toString()
    .trim()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 31 }, (_, n) => n + 1))
  await receive(script, 'b', event('later', { rank: 3, outcome: 'exception' }), event('latest'))
  const seqs: number[] = []
  for (let query = '?limit=10'; ;) {
    const { events, next } = await read(script, query)
    expect(events.length).toBeLessThanOrEqual(10)
    seqs.push(...events.map(({ seq }) => seq))
    if (next === null) break
    query = `?limit=10&cursor=${next}`
  }
  expect(seqs).toEqual(Array.from({ length: 33 }, (_, n) => 33 - n))
  const [newest] = (await read(script, '?limit=1')).events
  expect(newest).toMatchObject({ seq: 33, level: 'log', outcome: 'ok', trace: { message: 'latest' } })
})

test('filters find what they say, and times bound it', async () => {
  const script = nextScript()
  await receive(script, 'a', event('fine'), event('Broken pipe', { rank: 3, outcome: 'exception' }), large('end'))
  await stored(script, 3)
  await receive(script, 'b', event('odd', { rank: 2, outcome: 'canceled' }))
  const found = async (query: string) => (await read(script, query)).events.map(({ seq }) => seq)
  expect(await found('?level=warn')).toEqual([4, 2])
  expect(await found('?outcome=exception,canceled')).toEqual([4, 2])
  expect(await found('?q=broken%20PIPE')).toEqual([2])
  expect(await found('?q=nothing')).toEqual([])
  const [newest] = (await read(script)).events
  expect(await found(`?until=${newest?.at}&q=odd`)).toEqual([])
  expect(await found(`?since=${newest?.at}&q=odd`)).toEqual([4])
  expect(await found('?since=2020-01-01&until=2020-01-02')).toEqual([])
  const other = (await read(script, '?limit=1')).next
  expect((await worker.fetch(`/api/logs/${script}?limit=1&level=warn&cursor=${other}`)).status).toBe(400)
  expect((await worker.fetch(`/api/logs/${script}?since=2026-01-02&until=2026-01-01`)).status).toBe(400)
})

test('a delivery that comes again counts once', async () => {
  const script = nextScript()
  for (let n = 0; n < 3; n++) await receive(script, 'same', event('a'), event('a'), event('b', { digest: 'known' }))
  await receive(script, 'other', event('b', { digest: 'known' }), event('a'))
  expect((await read(script)).events.map(({ seq }) => seq)).toEqual([4, 3, 2, 1])
})

test('what cannot be stored waits, and is stored once', async () => {
  const script = nextScript()
  const db = await worker.db()
  await db.exec('alter table log_batches rename to log_batches_away')
  try {
    await receive(script, 'a', event('first'), large('second'))
    await eventually(
      async () =>
        (await (await worker.server().getR2Bucket('RECORDS')).list({ prefix: `logs/${account}/${script}/` })).objects
          .length,
      (count) => count === 1,
      10_000,
    )
    await receive(script, 'b', event('third'))
  } finally {
    await db.exec('alter table log_batches_away rename to log_batches')
  }
  const found = await stored(script, 3)
  expect(found.map(({ first_seq: first, last_seq: last }) => [first, last])).toEqual([
    [1, 2],
    [3, 3],
  ])
  const { objects } = await (
    await worker.server().getR2Bucket('RECORDS')
  ).list({ prefix: `logs/${account}/${script}/` })
  expect(objects).toHaveLength(2)
  expect((await read(script)).events.map(({ seq }) => seq)).toEqual([3, 2, 1])
}, 60_000)

/** Batches that are there as rows alone. */
async function insertBatches(script: string, count: number, at: number): Promise<void> {
  const db = await worker.db()
  await db.batch(
    Array.from({ length: count }, (_, n) =>
      db
        .prepare('insert into log_batches values (?, ?, ?, ?, ?, ?, 1, 10, ?)')
        .bind(account, script, n * 10 + 1, n * 10 + 10, at + n, at + n, `logs/${account}/${script}/${n}`),
    ),
  )
}

test('one request reads a bounded number of rows and objects, however many there are', async () => {
  const script = nextScript()
  await insertBatches(script, 250, Date.parse('2026-01-01'))
  const { next } = await read(script, '?q=x')
  expect(next).not.toBeNull()
  const { next: second } = await read(script, '?level=error')
  expect(second).not.toBeNull()
  const { db, read: rowsRead } = metered(await worker.db())
  const early = `select first_seq from log_batches where account_id = ? and script = ? and from_at < ? order by from_at desc, first_seq desc limit 1`
  await db
    .prepare(early)
    .bind(account, script, Date.parse('2026-01-01') + 5)
    .all()
  expect(rowsRead()).toBeLessThan(5)
  let pages = 0
  for (let query = '?q=x'; ; pages += 1) {
    const page = await read(script, query)
    if (page.next === null) break
    query = `?q=x&cursor=${page.next}`
  }
  expect(pages).toBe(12)
})

test('logs go when they are as old as the settings say, some each minute, objects first', async () => {
  const script = nextScript()
  const days = async (retention_days: number) =>
    worker.fetch('/api/log-settings', { method: 'PUT', json: { retention_days } })
  expect((await days(0)).status).toBe(400)
  expect((await days(7)).status).toBe(200)
  expect(await (await worker.fetch('/api/log-settings')).json()).toEqual({ retention_days: 7 })
  await insertBatches(script, 250, Date.now() - 8 * 86_400_000)
  await receive(script, 'a', large('young'))
  const young = nextScript()
  await insertBatches(young, 3, Date.now() - 6 * 86_400_000)
  const bucket = await worker.server().getR2Bucket('RECORDS')
  await bucket.put(`logs/${account}/${script}/0`, 'old')
  await bucket.put(`logs/${account}/${young}/0`, 'young')
  await worker.minute()
  expect(await bucket.head(`logs/${account}/${script}/0`)).toBeNull()
  expect((await batches(script)).length).toBeGreaterThanOrEqual(50)
  await worker.minute()
  expect((await batches(script)).filter(({ first_seq: first }) => first > 1)).toEqual([])
  expect(await batches(young)).toHaveLength(3)
  expect(await bucket.head(`logs/${account}/${young}/0`)).not.toBeNull()
})

test('a ticket that is too old opens nothing, and is forgotten', async () => {
  const response = await worker.fetch('/ws/tickets', { method: 'POST', json: { script_name: 'shop' } })
  const { ticket, path } = (await response.json()) as { ticket: string; path: string }
  const db = await worker.db()
  expect(JSON.stringify(await db.prepare('select * from log_tickets').all())).not.toContain(ticket)
  await db.exec('update log_tickets set expires_at = 1')
  expect((await worker.fetch(`${path}?ticket=${ticket}`, { token: null })).status).toBe(401)
  await worker.fetch('/ws/tickets', { method: 'POST', json: { script_name: 'shop' } })
  await db.exec('update log_tickets set expires_at = 1')
  await worker.minute()
  expect((await db.prepare('select * from log_tickets').all()).results).toEqual([])
})
