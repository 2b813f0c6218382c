import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { keepAliveClient, ok } from './client.ts'
import type { Call } from './client.ts'
import { atMost, megabytes } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { tree } from './processes.ts'
import { quantile } from './ratio.ts'
import { issueToken, rootToken, startServer } from './server.ts'
import type { Server } from './server.ts'

const clouds = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'none', CLOUD_PORT: '0' }
const milliseconds = (ms: number): string => `${ms.toFixed(2)} ms`
const median = (values: readonly number[]): number => quantile(values, 0.5)
const Credentials = z.object({
  cloudflare: z.object({ api_url: z.string(), account_id: z.string(), api_token: z.string() }),
})
const Made = z.object({ result: z.object({ id: z.string() }) })

/** A client of the gateway, one of the account behind it, and the account's own path. */
type Both = {
  readonly through: Call
  readonly direct: Call
  readonly account: string
  readonly url: string
  readonly token: string
  readonly cloud: { readonly url: string; readonly token: string }
}

/** What the gateway costs over the local account itself. The account's limit leaves a client some 900 calls. */
export const gateway: Metric = {
  name: 'gateway',
  limitSeconds: 180,
  async measure(quick) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-gateway-'))
    try {
      const server = await startServer(folder, undefined, clouds)
      try {
        return await measureOn(server, folder, quick)
      } finally {
        await server.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measureOn(server: Server, folder: string, quick: boolean): Promise<Finding[]> {
  const { cloudflare } = Credentials.parse(JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')))
  const owner = keepAliveClient(server.url, rootToken)
  const policy = { permissions: ['Workers Scripts Write', 'Workers KV Storage Write'], resources: ['script:*', 'kv:*'] }
  await owner.call('POST', '/api/policies', JSON.stringify({ name: 'bench', ...policy }))
  const token = await issueToken(server.url, ['sdk:bench'])
  const through = keepAliveClient(server.url, token)
  const direct = keepAliveClient(cloudflare.api_url, cloudflare.api_token)
  const account = `/client/v4/accounts/${cloudflare.account_id}`
  const cloud = { url: cloudflare.api_url, token: cloudflare.api_token }
  const both = { through: through.call, direct: direct.call, account, url: server.url, token, cloud }
  try {
    // A durable write of ours, of which the gateway reads nothing anew.
    const write = () => owner.call('POST', '/api/tokens', JSON.stringify({ name: 'bench', scopes: ['read'] }))
    return [
      ...(await calls(both, write, quick ? 20 : 100)),
      await rate(both, quick ? 1 : 6),
      await upload(server, both),
    ]
  } finally {
    for (const { close } of [owner, through, direct]) close()
  }
}

/** Reads and writes through the gateway and directly, in turns. */
async function calls({ through, direct, account }: Both, write: () => Promise<unknown>, rounds: number) {
  const made = await ok(through('POST', `${account}/storage/kv/namespaces`, '{"title":"bench"}'))
  const value = `${account}/storage/kv/namespaces/${Made.parse(JSON.parse(made.body.toString())).result.id}/values/k`
  const none: readonly number[] = []
  const times = { read: [...none], readDirect: [...none], write: [...none], writeDirect: [...none], insert: [...none] }
  // Cloudflare is not asked who somebody is: no call of the account's is spent on a start that nobody measures.
  for (let round = 0; round < 2 * rounds; round++) await ok(through('GET', '/client/v4/user'))
  for (let round = 0; round < rounds; round++) {
    times.readDirect.push((await ok(direct('GET', `${account}/workers/subdomain`))).ms)
    times.read.push((await ok(through('GET', `${account}/workers/subdomain`))).ms)
  }
  // What a write leaves to be done later would meet the next read.
  for (let round = 0; round < rounds; round++) {
    times.writeDirect.push((await ok(direct('PUT', `${value}${round}`, 'v'))).ms)
    times.write.push((await ok(through('PUT', `${value}${round}`, 'v'))).ms)
    const began = performance.now()
    await write()
    times.insert.push(performance.now() - began)
  }
  const reading = median(times.read) - median(times.readDirect)
  const writing = median(times.write) - median(times.writeDirect)
  const limit = { show: milliseconds, noisy: true }
  return [
    atMost('Gateway: a read costs more than directly, p50', reading, { ...limit, target: 1.5 }, times),
    atMost(
      'Gateway: a write costs more than directly, p50; the target is 1.5 ms and one durable write of ours',
      writing,
      { ...limit, target: 1.5 + median(times.insert) },
      times,
    ),
  ]
}

/** Reads from eight clients at a time, through the gateway and directly in turns: the machine may have other work. */
async function rate({ account, url, token, cloud }: Both, rounds: number): Promise<Finding> {
  const path = `${account}/workers/subdomain`
  const through = Array.from({ length: 8 }, () => keepAliveClient(url, token))
  const direct = Array.from({ length: 8 }, () => keepAliveClient(cloud.url, cloud.token))
  const took = async (clients: typeof direct) => {
    const began = performance.now()
    await Promise.all(
      clients.map(async ({ call }) => {
        for (let n = 0; n < 10; n++) await ok(call('GET', path))
      }),
    )
    return performance.now() - began
  }
  const times: { readonly alone: number; readonly together: number }[] = []
  for (let round = 0; round < rounds; round++) times.push({ alone: await took(direct), together: await took(through) })
  for (const { close } of [...through, ...direct]) close()
  const share = median(times.map(({ alone, together }) => alone / together))
  const measured = `${(share * 100).toFixed(0)} %`
  const what = 'Gateway: reads a second, of those directly, eight at a time'
  return { what, target: '≥ 60 %', measured, met: share >= 0.6, failure: 'when repeated', evidence: times }
}

/** What the Worker's runtime takes more for a script of 24 MB. The account's own runtime starts anew at a deploy. */
async function upload(server: Server, { url, account, token }: Both): Promise<Finding> {
  const before = new Map<number, number>()
  for (const id of await tree(server.pid)) if (await isRuntime(id)) before.set(id, await ownMemory(id))
  const peaks = new Map(before)
  const over = new AbortController()
  const watching = watch(peaks, over.signal)
  const status = await put(new URL(`${account}/workers/scripts/big`, url), token)
  over.abort()
  await watching
  if (status !== 200) throw new Error(`The upload was answered ${status}.`)
  const alive: number[] = []
  for (const id of before.keys())
    if ((await ownMemory(id)) > 0) alive.push((peaks.get(id) ?? 0) - (before.get(id) ?? 0))
  const what = 'Gateway: memory that an upload of 24 MB takes in the Worker'
  return atMost(what, Math.max(...alive), { target: 10e6, show: megabytes, noisy: true }, Object.fromEntries(peaks))
}

async function isRuntime(id: number): Promise<boolean> {
  return (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).includes('workerd')
}

/** Bytes that nobody shares with a process: its part of shared ones grows when another ends. */
async function ownMemory(id: number): Promise<number> {
  const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '')
  return Number(/^Private_Dirty:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024
}

async function watch(peaks: Map<number, number>, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    for (const [id, peak] of peaks) peaks.set(id, Math.max(peak, await ownMemory(id)))
    await sleep(5)
  }
}

/** Uploads a script as a form. @returns the status of the answer */
async function put(url: URL, token: string): Promise<number> {
  const boundary = '----------------------------bench'
  const head = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`
  const body = Buffer.concat([
    Buffer.from(`${head('metadata')}\r\n\r\n{"main_module":"a.js","compatibility_date":"2026-07-01"}\r\n`),
    Buffer.from(`${head('a.js')}; filename="a.js"\r\nContent-Type: application/javascript+module\r\n\r\n`),
    Buffer.from('export default { fetch: () => new Response("big") }\n//'),
    Buffer.alloc(24_000_000, 'x'),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const response = await fetch(url, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': `multipart/form-data; boundary=${boundary}` },
    body,
  })
  await response.arrayBuffer()
  return response.status
}
