import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { atMost, reported, megabytes as asMegabytes, seconds } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { MemorySampler } from './memory-sampler.ts'
import { cpuOf } from './processes.ts'
import { issueToken, startServer } from './server.ts'
import type { Server } from './server.ts'
import { record, statePieces } from './state-document.ts'

/** A state to be written and read back; its pieces are the same each time. */
type Large = { readonly name: string; readonly words: string; readonly pieces: () => Generator<string> }

const lineage = 'bench-of-a-large-state'

function compressible(megabytes: number): Large {
  const resources = Math.floor((megabytes * 1e6) / 909)
  const shape = { lineage, serial: 1, resources, attributes: (index: number) => record(index, 0) }
  const words = `${megabytes} MB of ${resources.toLocaleString('en')} resources`
  return { name: `large-${megabytes}`, words, pieces: () => statePieces(shape) }
}

const noise = (index: number) => {
  const cells = Array.from({ length: 750 }, (_, cell) =>
    createHash('sha512').update(`${index} ${cell}`).digest('base64'),
  )
  return { id: `noise-${index}`, content: cells.join('') }
}

/** Strings of 64 KB that gzip cannot shorten beyond what base64 wastes. */
function incompressible(megabytes: number): Large {
  const shape = { lineage, serial: 1, resources: Math.floor((megabytes * 1e6) / 66_250), attributes: noise }
  const words = `${megabytes} MB of incompressible strings`
  return { name: `noise-${megabytes}`, words, pieces: () => statePieces(shape) }
}

export const largeStates: Metric = {
  name: 'large states',
  limitSeconds: 200,
  async measure(quick) {
    const found: Finding[] = []
    for (const large of quick ? [compressible(2)] : [compressible(100), incompressible(40)])
      found.push(...(await measureOne(large, quick ? 2000 : 30_000)))
    return found
  },
}

/** On a new server, so that nothing is in memory from before. */
async function measureOne(large: Large, restMs: number): Promise<Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-large-'))
  const server = await startServer(folder)
  const sampler = new MemorySampler(server.pid)
  try {
    const token = await issueToken(server.url, ['state:bench/*'])
    // What the start leaves behind is not idle memory.
    await sleep(restMs)
    await sampler.begin()
    const times = await writeAndRead(server, token, large, sampler)
    const { idle, peaks, samples } = await sampler.end()
    return findings(large, times, idle, peaks, samples)
  } finally {
    await sampler.end()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Times = { readonly write: number; readonly projection: number; readonly read: number; readonly plain: number }

async function writeAndRead(server: Server, token: string, large: Large, sampler: MemorySampler): Promise<Times> {
  const path = `${server.url}/state/bench/${large.name}`
  const headers = { authorization: `Bearer ${token}` }
  const [sum, length, md5] = fingerprint(large.pieces())
  const id = randomUUID()
  const lock = JSON.stringify({ ID: id, Operation: 'OperationTypeApply', Who: 'bench' })
  await ask('LOCK', path, headers, Readable.from([lock]))
  const own = { ...headers, 'content-length': String(length), 'content-md5': md5 }
  const write = await timed(async () => {
    await ask('POST', `${path}?ID=${id}`, own, Readable.from(large.pieces(), { objectMode: true }))
  })
  sampler.name('inventory')
  const projection = await timed(() => settled(sampler))
  sampler.name('read')
  const read = await timed(() => checked(path, { ...headers, 'accept-encoding': 'gzip' }, sum))
  const plain = await timed(() => checked(path, headers, sum))
  await ask('UNLOCK', path, headers, Readable.from([lock]))
  return { write, projection, read, plain }
}

/** The SHA-256, length in bytes and MD5 (base64) of what the pieces make together. */
function fingerprint(pieces: Iterable<string>): [sha256: string, length: number, md5: string] {
  const [sha256, md5] = [createHash('sha256'), createHash('md5')]
  let length = 0
  for (const piece of pieces) {
    sha256.update(piece)
    md5.update(piece)
    length += Buffer.byteLength(piece)
  }
  return [sha256.digest('hex'), length, md5.digest('base64')]
}

/** Sends a request as its body comes, and refuses every answer but 200. */
async function ask(
  method: string,
  url: string,
  headers: Record<string, string>,
  body: Readable,
): Promise<IncomingMessage> {
  const sent = request(url, { method, headers, timeout: 120_000, agent: false })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.once('timeout', () => sent.destroy(new Error(`${method} ${url} was not answered within 120 s.`)))
  })
  const [answer] = await Promise.all([answered, pipeline(body, sent)])
  if (answer.statusCode !== 200) throw new Error(`${method} ${url}: ${answer.statusCode}`)
  if (method !== 'GET') answer.resume()
  return answer
}

/** Reads a state back and compares it byte by byte, through its SHA-256. */
async function checked(url: string, headers: Record<string, string>, sum: string): Promise<void> {
  const answer = await ask('GET', url, headers, Readable.from([]))
  const sha256 = createHash('sha256')
  if (answer.headers['content-encoding'] === 'gzip') await pipeline(answer, createGunzip(), sha256)
  else await pipeline(answer, sha256)
  if (sha256.read()?.toString('hex') !== sum) throw new Error('The state read is not the state written.')
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** Waits until the server rests: its inventory follows the write. */
async function settled(sampler: MemorySampler): Promise<void> {
  const deadline = Date.now() + 90_000
  for (let quiet = 0, before = NaN; quiet < 2 && Date.now() < deadline;) {
    const used = await cpuOf(sampler.processes)
    quiet = used - before < 100 ? quiet + 1 : 0
    before = used
    await sleep(1000)
  }
}

function findings(
  { words }: Large,
  times: Times,
  idle: number,
  peaks: ReadonlyMap<string, number>,
  samples: readonly number[],
): Finding[] {
  const over = (phase: string) => (peaks.get(phase) ?? NaN) - idle
  const phases = ['write', 'inventory', 'read'].map((phase) => `${phase} ${asMegabytes(over(phase))}`).join(', ')
  const most = Math.max(over('write'), over('inventory'), over('read'))
  const what = `Memory over idle while ${words} are written and read back`
  const found = atMost(what, most, { target: 90e6, show: asMegabytes, noisy: true }, { idle, samples })
  const told = `write ${seconds(times.write)}, then inventory ${seconds(times.projection)}, read gzipped ${seconds(times.read)}, plain ${seconds(times.plain)}`
  return [
    { ...found, measured: `${found.measured} over ${asMegabytes(idle)} (${phases})` },
    reported(`Time for the ${words}`, told, times),
  ]
}
