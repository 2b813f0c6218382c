import { randomUUID } from 'node:crypto'
import { Miniflare } from 'miniflare'
import { bundleWorker, copyAssets } from '../embedded/bundle.ts'
import { manifest } from '../embedded/manifest.ts'
import { migrate } from '../embedded/migrations.ts'
import { workerOptions } from '../embedded/options.ts'
import { keepAliveClient, ok } from './client.ts'
import type { Call } from './client.ts'
import { atMost, reported } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { quantile, spread } from './ratio.ts'
import { issueToken, rootToken } from './server.ts'
import { smallState } from './state-document.ts'

const path = '/state/bench/requests'
const socket = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
const kinds = ['empty', 'LOCK', 'GET', 'POST', 'UNLOCK', 'POST pressed'] as const
type Kind = (typeof kinds)[number]
type Times = ReadonlyMap<Kind, number[]>

/** Requests of one kind per measurement; the first tenth more warms up and is dropped. */
const requests = { quick: 40, full: 400 }

export const stateRequests: Metric = {
  name: 'state requests',
  limitSeconds: 120,
  async measure(quick) {
    await copyAssets()
    const bindings = { CLIENT_AUTH_TOKEN: rootToken, ENVIRONMENT: 'test' }
    const ours = { ...workerOptions(manifest, { script: await bundleWorker(), bindings }), ...socket }
    const compatibilityDate = manifest.compatibility_date
    const script = 'export default { fetch: () => new Response() }'
    const empty = { name: 'empty', modules: true, script, compatibilityDate, ...socket }
    const server = new Miniflare({ cf: false, workers: [ours, empty] })
    try {
      return await measureOn(server, quick ? requests.quick : requests.full)
    } finally {
      await server.dispose()
    }
  },
}

async function measureOn(server: Miniflare, count: number): Promise<Finding[]> {
  const db = await server.getD1Database('DEPLOYMENT_DB')
  await migrate(db)
  const url = String(await server.unsafeGetDirectURL(manifest.name))
  const token = await issueToken(url, ['state:bench/*'])
  const ours = keepAliveClient(url, token)
  const floor = keepAliveClient(String(await server.unsafeGetDirectURL('empty')), null)
  const settled = async (serial: number) => {
    const deadline = Date.now() + 20_000
    const query = 'select 1 as done from states where name = ? and serial = ? and lock_id is null'
    while ((await db.prepare(query).bind('bench/requests', serial).first()) === null) {
      if (Date.now() > deadline) throw new Error(`D1 did not follow to serial ${serial} within 20 s.`)
    }
  }
  try {
    const times = await timeAll(ours.call, floor.call, settled, count)
    await checkSame(ours.call, db, times)
    return findings(times, count)
  } finally {
    ours.close()
    floor.close()
  }
}

type Settled = (serial: number) => Promise<void>

/** Rounds of one whole Terraform command each, then writes that do not wait for each other's projection. */
async function timeAll(ours: Call, floor: Call, settled: Settled, count: number): Promise<Times> {
  const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  const note = (kind: Kind, ms: number) => times.get(kind)?.push(ms)
  const rounds = Math.ceil(count * 1.1)
  for (let serial = 1; serial <= rounds; serial++) {
    const body = smallState(serial)
    const lock = lockInfo()
    if (serial % 2) note('empty', (await ok(floor('GET', '/'))).ms)
    note('LOCK', (await ok(ours('LOCK', path, lock.body))).ms)
    const read = await ours('GET', path)
    note('GET', read.ms)
    note('POST', (await ok(ours('POST', `${path}?ID=${lock.id}`, body))).ms)
    note('UNLOCK', (await ok(ours('UNLOCK', path, lock.body))).ms)
    await settled(serial)
    if (serial % 2 === 0) note('empty', (await ok(floor('GET', '/'))).ms)
  }
  const lock = lockInfo()
  await ok(ours('LOCK', path, lock.body))
  for (let serial = rounds + 1; serial <= 2 * rounds; serial++) {
    note('POST pressed', (await ok(ours('POST', `${path}?ID=${lock.id}`, smallState(serial)))).ms)
  }
  await ok(ours('UNLOCK', path, lock.body))
  await settled(2 * rounds)
  return times
}

/** As Terraform sends it. */
function lockInfo(): { id: string; body: string } {
  const id = randomUUID()
  const info = {
    ID: id,
    Operation: 'OperationTypeApply',
    Info: '',
    Who: 'bench@localhost',
    Version: '1.11.4',
    Path: '',
  }
  return { id, body: JSON.stringify({ ...info, Created: new Date().toISOString() }) }
}

/** What was written last is what is read, and every version was counted. */
async function checkSame(ours: Call, db: Awaited<ReturnType<Miniflare['getD1Database']>>, times: Times): Promise<void> {
  const serial = (times.get('POST')?.length ?? 0) + (times.get('POST pressed')?.length ?? 0)
  const { body } = await ok(ours('GET', path))
  if (!body.equals(Buffer.from(smallState(serial)))) throw new Error('The state read is not the state written last.')
  const versions = Number(await db.prepare('select count(*) as n from state_snapshots').first('n'))
  if (versions !== serial) throw new Error(`${serial} versions were written, ${versions} recorded.`)
}

const show = (value: number) => `${value.toFixed(1)}×`

function findings(all: Times, count: number): Finding[] {
  const times = new Map([...all].map(([kind, ms]) => [kind, ms.slice(-count)]))
  const of = (kind: Kind) => times.get(kind) ?? []
  const ratio = (kind: Kind) => quantile(of(kind), 0.5) / quantile(of('empty'), 0.5)
  const told = (kind: Kind) => {
    const [p50, p95] = [quantile(of(kind), 0.5), quantile(of(kind), 0.95)]
    return `p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms`
  }
  const size = (Buffer.byteLength(smallState(count)) / 1000).toFixed(0)
  const blocks = spread(blockRatios(of('POST'), of('empty')))
  const evidence = { requests: count, milliseconds: Object.fromEntries(all), blocks }
  const range = `${blocks.low.toFixed(1)}–${blocks.high.toFixed(1)}`
  const post = atMost(
    `State POST of ${size} KB ÷ an empty Worker's request`,
    ratio('POST'),
    { target: 12, show, noisy: true },
    evidence,
  )
  return [
    { ...post, measured: `${post.measured} (${range}; ${told('POST')}; empty: ${told('empty')})` },
    reported(
      'The same while the version before is being projected',
      `${show(ratio('POST pressed'))} (${told('POST pressed')})`,
    ),
    ...(['LOCK', 'GET', 'UNLOCK'] as const).map((kind) =>
      reported(`State ${kind} ÷ an empty Worker's request`, `${show(ratio(kind))} (${told(kind)})`),
    ),
  ]
}

/** Ratios of the medians of ten stretches, to show how much they vary. */
function blockRatios(subject: readonly number[], floor: readonly number[]): number[] {
  const length = Math.ceil(subject.length / 10)
  return Array.from({ length: 10 }, (_, block) => {
    const part = (times: readonly number[]) => quantile(times.slice(block * length, (block + 1) * length), 0.5)
    return part(subject) / part(floor)
  }).filter((ratio) => Number.isFinite(ratio))
}
