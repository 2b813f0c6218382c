import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepAliveClient } from './client.ts'
import { atMost } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { quantile } from './ratio.ts'
import { rootToken, startServer } from './server.ts'

const clouds = { THROUGHLINE_CLOUD: 'local', THROUGHLINE_GITHUB: 'none', CLOUD_PORT: '0' }
const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], secrets: ['API_KEY'] }

/** How long a caller waits for a project with a database, a namespace, a bucket and a secret. */
export const projectCreation: Metric = {
  name: 'create-project',
  limitSeconds: 120,
  async measure(quick) {
    const folder = await mkdtemp(join(tmpdir(), 'bench-create-project-'))
    const server = await startServer(folder, undefined, clouds)
    const owner = keepAliveClient(server.url, rootToken)
    try {
      const times: number[] = []
      for (let round = 0; round < (quick ? 2 : 7); round++) {
        const body = JSON.stringify({ name: `bench-${round}`, bindings })
        const { ms, status } = await owner.call('POST', '/flows/create-project', body)
        if (status !== 201) throw new Error(`A project was answered ${status}.`)
        times.push(ms)
      }
      return [finding(times)]
    } finally {
      owner.close()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

const show = (ms: number): string => `${Math.round(ms)} ms`

function finding(times: readonly number[]): Finding {
  const what = 'create-project with a D1, a KV, an R2 and a secret on the local account, p50'
  return atMost(what, quantile(times, 0.5), { target: 1500, show, noisy: true }, times)
}
