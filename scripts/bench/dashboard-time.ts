import { manifest } from '../embedded/manifest.ts'
import { keepAliveClient, ok } from './client.ts'
import { atMost } from './finding.ts'
import type { Finding } from './finding.ts'
import { quantile } from './ratio.ts'
import { benchOptions, open } from './seeded-folder.ts'
import { rootToken } from './server.ts'

const requests = 400
const socket = { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
const show = (value: number) => `${value.toFixed(1)}×`

/** How long the dashboard of a seeded folder takes beside a Worker that does nothing, one after the other in turn. */
export async function timeDashboard(folder: string): Promise<Finding> {
  const script = 'export default { fetch: () => new Response() }'
  const empty = { name: 'empty', modules: true, script, compatibilityDate: manifest.compatibility_date, ...socket }
  const server = open(folder, [{ ...(await benchOptions()), ...socket }, empty])
  const ours = keepAliveClient(String(await server.unsafeGetDirectURL(manifest.name)), rootToken)
  const floor = keepAliveClient(String(await server.unsafeGetDirectURL('empty')), null)
  try {
    const times: { dashboard: number[]; empty: number[] } = { dashboard: [], empty: [] }
    for (let round = 0; round < requests * 1.1; round++) {
      times.empty.push((await ok(floor.call('GET', '/'))).ms)
      times.dashboard.push((await ok(ours.call('GET', '/api/dashboard'))).ms)
    }
    return finding(times.dashboard.slice(-requests), times.empty.slice(-requests))
  } finally {
    ours.close()
    floor.close()
    await server.dispose()
  }
}

const told = (times: readonly number[]) =>
  `p50 ${quantile(times, 0.5).toFixed(2)} ms, p95 ${quantile(times, 0.95).toFixed(2)} ms`

function finding(dashboard: readonly number[], empty: readonly number[]): Finding {
  // Of both the same percentile: what slows the slowest of one slows those of the other.
  const ratio = quantile(dashboard, 0.95) / quantile(empty, 0.95)
  const what = "`/api/dashboard` with as many rows: its p95 ÷ the p95 of an empty Worker's request"
  const found = atMost(what, ratio, { target: 15, show, noisy: true }, { dashboard, empty })
  return { ...found, measured: `${found.measured} (${told(dashboard)}; empty: ${told(empty)})` }
}
