import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Miniflare } from 'miniflare'
import { keepAliveClient, ok } from './client.ts'
import type { Call } from './client.ts'
import { LocalAccount } from './cloud-account.ts'
import { atMost, megabytes, seconds } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { memory, tree } from './processes.ts'
import { quantile } from './ratio.ts'
import { startServer } from './server.ts'
import type { Server } from './server.ts'

const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 0)} ms`
const failures = (count: number): string => `${count} failed`
const median = (values: readonly number[]): number => quantile(values, 0.5)

const hello = (n: number): string => `export default { fetch: () => new Response('hello ${n}') }`
const command = ['npm', 'start']
const clouds = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'local', CLOUD_PORT: '0', GITHUB_PORT: '0' }

/** What the whole of `npm start`, with the account and the GitHub beside the Worker, makes of deployed scripts. */
export const localCloud: Metric = {
  name: 'local cloud',
  limitSeconds: 240,
  async measure(quick) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-cloud-'))
    try {
      const first = await startServer(folder, command, clouds)
      await first.stop()
      const server = await startServer(folder, command, clouds)
      try {
        const ready = atMost(
          '`npm start` with both clouds until it is ready',
          server.readyMs,
          { target: 5000, show: seconds, noisy: true },
          [first.readyMs, server.readyMs],
        )
        const measured = `${ready.measured}; on an empty folder ${seconds(first.readyMs)}`
        return [{ ...ready, measured }, ...(await measureOn(server, await LocalAccount.in(folder), quick))]
      } finally {
        await server.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function measureOn(server: Server, account: LocalAccount, quick: boolean): Promise<Finding[]> {
  const wrangler = await deployByWrangler(account, quick ? 1 : 5)
  const redeploys = await redeploy(account, quick ? 3 : 15)
  await deployUpTo(account, quick ? 4 : 20)
  const size = await memoryOf(server, quick ? 1 : 10)
  await deployUpTo(account, quick ? 6 : 50)
  return [wrangler, redeploys, size, ...(await manyScripts(account, quick))]
}

/** What the account spends on all requests of one `wrangler deploy`, added up. */
async function deployByWrangler(account: LocalAccount, times: number): Promise<Finding> {
  const spent: number[] = []
  for (let n = 0; n < times; n++) spent.push(await account.wranglerDeploy(`new-${n}`, hello(n)))
  const limit = { target: 400, show: milliseconds, noisy: true }
  return atMost('`wrangler deploy` of a new script: time spent by the server', median(spent), limit, spent)
}

/** Two clients ask all the while that the script is replaced. */
async function redeploy(account: LocalAccount, times: number): Promise<Finding> {
  await account.deploy('steady', hello(0))
  const over = new AbortController()
  const asking = [1, 2].map(() => askOn(account.addressOf('steady'), over.signal))
  for (let n = 1; n <= times; n++) await account.deploy('steady', hello(n))
  over.abort()
  const statuses = (await Promise.all(asking)).flat()
  const failed = statuses.filter((status) => status !== 200).length
  const what = `Requests during ${times} redeploys of their script`
  const finding = atMost(what, failed, { target: 0, show: failures, noisy: false }, statuses)
  return { ...finding, target: '0 of ≥ 100 failed', measured: `${failed} of ${statuses.length} failed` }
}

/** Asks one time after the other until told to stop. @returns every status; 0 for a request that failed altogether */
async function askOn(address: string, over: AbortSignal): Promise<number[]> {
  const statuses: number[] = []
  while (!over.aborted) {
    const status = await fetch(address).then(
      (response) => response.status,
      () => 0,
    )
    statuses.push(status)
    await sleep(10)
  }
  return statuses
}

async function deployUpTo(account: LocalAccount, count: number): Promise<void> {
  for (let n = await account.count(); n < count; n++) await account.deploy(`script-${n}`, hello(n))
}

async function memoryOf({ pid }: Server, restSeconds: number): Promise<Finding> {
  await sleep(restSeconds * 1000)
  const bytes = await memory(await tree(pid))
  return atMost('Memory of the whole tree with 20 scripts deployed', bytes, {
    target: 900e6,
    show: megabytes,
    noisy: true,
  })
}

async function manyScripts(account: LocalAccount, quick: boolean): Promise<Finding[]> {
  const deploys: number[] = []
  for (let n = 0; n < (quick ? 1 : 5); n++) {
    const began = performance.now()
    await account.deploy('steady', hello(n))
    deploys.push(performance.now() - began)
  }
  const [script, bare] = await besideBare(new URL(account.addressOf('steady')), quick ? 50 : 500)
  const more = atMost('A request to one of 50 scripts over a bare Miniflare: p50', script - bare, {
    target: 2,
    show: milliseconds,
    noisy: true,
  })
  return [
    atMost('A deploy beside 50 scripts', median(deploys), { target: 1500, show: milliseconds, noisy: true }, deploys),
    { ...more, measured: `${more.measured} (${milliseconds(script)} against ${milliseconds(bare)})` },
  ]
}

/** The median time of a request to a script, and to the same in a Miniflare of its own, asked in turns. */
async function besideBare({ origin, pathname }: URL, count: number): Promise<[number, number]> {
  const miniflare = new Miniflare({ modules: true, script: hello(0), compatibilityDate: '2026-07-01', cf: false })
  const bare = keepAliveClient(String(await miniflare.ready), null)
  const ours = keepAliveClient(origin, null)
  try {
    const pairs: [number, number][] = []
    for (let n = 0; n < count; n++) pairs.push([await timeOf(ours.call, pathname), await timeOf(bare.call, '/')])
    return [median(pairs.map(([ms]) => ms)), median(pairs.map(([, ms]) => ms))]
  } finally {
    ours.close()
    bare.close()
    await miniflare.dispose()
  }
}

async function timeOf(call: Call, path: string): Promise<number> {
  return (await ok(call('GET', path))).ms
}
