import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { bundleWorker } from '../embedded/bundle.ts'
import { manifest } from '../embedded/manifest.ts'
import { atMost, skipped } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { run } from './processes.ts'
import { quantile } from './ratio.ts'
import { repository } from './server.ts'

/** The Worker's size and what it costs to start it. */
export const workerSize: Metric = {
  name: 'worker size',
  limitSeconds: 120,
  async measure(quick) {
    return [await bundleSize(), await startUp(quick ? 1 : 5)]
  },
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} KB`

async function bundleSize(): Promise<Finding> {
  const script = await bundleWorker()
  const gzipped = gzipSync(script).byteLength
  const evidence = { bytes: script.length, gzipped }
  return atMost(
    'Worker bundle, minified and gzipped',
    gzipped,
    { target: 300_000, show: kilobytes, noisy: false },
    evidence,
  )
}

const what = 'CPU time of evaluating the Worker at its start'
const show = (ms: number) => `${ms.toFixed(0)} ms`

/** A profile of V8: `timeDeltas` are the microseconds before each sample, of the node it fell on. */
const Profile = z.object({
  nodes: z.array(z.object({ id: z.int(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
})

/** Wrangler evaluates the Worker under a profiler; its idle samples are no CPU time. */
async function startUp(times: number): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-startup-'))
  const active: number[] = []
  const { name, compatibility_date, compatibility_flags } = manifest
  const configuration = { name, main: 'index.js', no_bundle: true, compatibility_date, compatibility_flags }
  await writeFile(join(folder, 'index.js'), await bundleWorker())
  await writeFile(join(folder, 'wrangler.json'), JSON.stringify(configuration))
  try {
    for (let time = 0; time < times; time++) {
      const outfile = join(folder, `${time}.cpuprofile`)
      const wrangler = join(repository, 'node_modules/wrangler/bin/wrangler.js')
      const quiet = { WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', CI: '1' }
      const { code, output } = await run(
        process.execPath,
        [wrangler, 'check', 'startup', `--args=-c ${join(folder, 'wrangler.json')}`, '--outfile', outfile],
        { cwd: repository, env: { ...process.env, ...quiet }, timeout: 60_000 },
      )
      if (code !== 0) return skipped(what, `≤ ${show(100)}`, `wrangler could not profile it: ${lastLine(output)}`)
      active.push(activeMs(Profile.parse(JSON.parse(await readFile(outfile, 'utf8')))))
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return atMost(what, quantile(active, 0.5), { target: 100, show, noisy: true }, { milliseconds: active })
}

function activeMs({ nodes, samples, timeDeltas }: z.infer<typeof Profile>): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
  const isActive = (id: number) => names.get(id) !== '(idle)'
  return timeDeltas.filter((_, index) => isActive(samples[index] ?? 0)).reduce((sum, delta) => sum + delta, 0) / 1000
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}
