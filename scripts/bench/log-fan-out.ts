import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { manifest } from '../embedded/manifest.ts'
import { buildProduct, serve } from '../embedded/server.ts'
import type { Server } from '../embedded/server.ts'
import { atMost } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { LogViewer } from './log-viewers.ts'
import { quantile } from './ratio.ts'
import { freePort, rootToken } from './server.ts'

const account = '0123456789abcdef0123456789abcdef'
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`

/** What one script's live log sends, to viewers in this process: its clients take most of the machine. */
export const logFanOut: Metric = {
  name: 'log fan-out',
  limitSeconds: 180,
  async measure(quick) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-logs-'))
    try {
      const port = await freePort()
      const bindings = { CLOUDFLARE_ACCOUNT_ID: account }
      const cloud = { url: 'http://127.0.0.1:9', token: 'none' }
      const place = { host: '127.0.0.1', port, folder, token: rootToken, bindings, account: cloud }
      const server = await serve(manifest, await buildProduct(), place)
      try {
        const one = new Log(server, port, 'paced')
        return [await paced(one, quick), ...(await fast(new Log(server, port, 'fast'), quick))]
      } finally {
        await server.stop()
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** A log, and those who follow it. */
class Log {
  readonly #server: Server
  readonly #url: string
  readonly #script: string
  viewers: readonly LogViewer[] = []
  sent = 0

  constructor(server: Server, port: number, script: string) {
    this.#server = server
    this.#script = script
    this.#url = `ws://127.0.0.1:${port}/ws/logs/${account}/${script}`
  }

  async invite(count: number): Promise<void> {
    this.viewers = Array.from({ length: count }, () => new LogViewer(this.#url, rootToken))
    for (let n = 0; n < count; n += 50) await Promise.all(this.viewers.slice(n, n + 50).map((one) => one.connect()))
  }

  /** One trace, as a script's request makes it. */
  async deliver(): Promise<void> {
    this.sent += 1
    const eventTimestamp = performance.timeOrigin + performance.now()
    const message = `order ${this.sent} of customer 4711 was shipped to Bremen`
    const request = { url: 'https://shop.example/orders', method: 'POST', headers: { 'cf-ray': `ray-${this.sent}` } }
    const logs = [{ level: 'log', message: [message], timestamp: eventTimestamp }]
    const trace = { scriptName: this.#script, outcome: 'ok', eventTimestamp, event: { request }, logs, exceptions: [] }
    await this.#server.tail(manifest.name, [trace])
  }

  /** Waits until everybody has everything. */
  async arrived(): Promise<void> {
    while (this.viewers.some(({ last }) => last < this.sent)) await sleep(5)
  }

  get wrong(): number {
    return this.viewers.reduce((sum, { wrong }) => sum + wrong, 0)
  }

  leave(): void {
    for (const viewer of this.viewers) viewer.drop()
  }
}

/** Twenty events a second to 500 viewers. */
async function paced(log: Log, quick: boolean): Promise<Finding> {
  await log.invite(quick ? 50 : 500)
  for (let n = 0; n < (quick ? 20 : 100); n++) {
    await Promise.all([log.deliver(), sleep(50)])
  }
  await log.arrived()
  log.leave()
  const delays = log.viewers.flatMap((viewer) => viewer.delays)
  const p95 = quantile(delays, 0.95)
  const what = 'Live log: from the arrival of an event to each of 500 viewers, p95, at 20 events a second'
  const evidence = { p50: quantile(delays, 0.5), p95, p99: quantile(delays, 0.99), deliveries: delays.length }
  return atMost(what, p95, { target: 50, show: milliseconds, noisy: true }, evidence)
}

/** Events as fast as they are taken to 1,000 viewers, all of whom are thrown out in the middle and come again. */
async function fast(log: Log, quick: boolean): Promise<Finding[]> {
  const [viewers, events] = quick ? [100, 50] : [1000, 200]
  await log.invite(viewers)
  const began = performance.now()
  await together(log, events)
  await log.arrived()
  const rate = (viewers * events) / ((performance.now() - began) / 1000)
  const coming = Promise.all(
    log.viewers.map(async (viewer, n) => {
      await sleep(n)
      viewer.drop()
      await viewer.connect()
    }),
  )
  await together(log, events)
  await coming
  await log.arrived()
  log.leave()
  const target = 20_000
  return [
    {
      what: 'Live log: deliveries a second to 1,000 viewers',
      target: `≥ ${target}`,
      measured: `${Math.round(rate)}`,
      met: rate >= target,
      failure: 'when repeated',
      evidence: { viewers, events, rate },
    },
    atMost('Live log: events lost or doubled over a forced reconnect', log.wrong, {
      target: 0,
      show: String,
      noisy: false,
    }),
  ]
}

/** Eight deliveries at a time, as from a script that is called that much. */
async function together(log: Log, events: number): Promise<void> {
  const one = async () => {
    for (let n = 0; n < events / 8; n++) await log.deliver()
  }
  await Promise.all(Array.from({ length: 8 }, one))
}
