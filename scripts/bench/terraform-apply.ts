import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost, reported, skipped } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { startPostgres } from './postgres.ts'
import { firstLine } from './processes.ts'
import { interleave, quantile, ratioOf } from './ratio.ts'
import type { Rounds } from './ratio.ts'
import { issueToken, startServer } from './server.ts'
import { configuration, TerraformFolder } from './terraform-folder.ts'
import type { Backend, Job } from './terraform-folder.ts'

type Size = Job & { readonly rounds: number; readonly quickRounds: number }

const limit = 1.1
const show = (ratio: number) => ratio.toFixed(2)

/**
 * The target is for applies that change one resource. When many change, the `local` backend writes the whole state for
 * each of them and is far slower than any remote one: that comparison flatters, and is only told.
 */
export const applies = [
  metricOf({ resources: 50, changing: 1, rounds: 9, quickRounds: 3 }, 120),
  metricOf({ resources: 50, changing: 50, rounds: 9, quickRounds: 0 }, 120),
  metricOf({ resources: 2000, changing: 1, rounds: 5, quickRounds: 0 }, 400),
]

function metricOf(size: Size, limitSeconds: number): Metric {
  const name = `apply of ${size.resources} resources, ${size.changing} of them changing`
  const against = (peer: string) => `terraform ${name}: ours ÷ \`${peer}\``
  return {
    name,
    limitSeconds,
    async measure(quick) {
      const target = size.changing === 1 ? `≤ ${show(limit)}` : 'reported'
      const rounds = quick ? size.quickRounds : size.rounds
      if (rounds === 0) return [skipped(against('local'), target, 'too long for a quick run')]
      if ((await firstLine('terraform', ['version'])) === null)
        return [skipped(against('local'), target, 'terraform is not installed')]
      return withPeers((folders) => compare(folders, size, rounds, against))
    },
  }
}

type Prepare = (backend: Backend, job: Job) => Promise<TerraformFolder>
type Peers = { readonly backends: readonly Backend[]; readonly prepare: Prepare }

/** Runs our server and PostgreSQL, each on a new folder, for as long as the work takes. */
async function withPeers(work: (peers: Peers) => Promise<Finding[]>): Promise<Finding[]> {
  const parent = await mkdtemp(join(tmpdir(), 'bench-apply-'))
  await chmod(parent, 0o755)
  const server = await startServer(join(parent, 'ours'))
  const postgres = await startPostgres(parent)
  try {
    const token = await issueToken(server.url, ['state:bench/*'])
    const settings = (backend: Backend, resources: number): Record<string, string> => {
      if (backend === 'pg') return { PG_CONN_STR: postgres?.url ?? '', PG_SCHEMA_NAME: `bench_${resources}` }
      return backend === 'http' ? httpSettings(`${server.url}/state/bench/apply-${resources}`, token) : {}
    }
    return await work({
      backends: postgres ? ['local', 'http', 'pg'] : ['local', 'http'],
      prepare: (backend, job) => {
        const path = join(parent, `${backend}-${job.resources}`)
        return TerraformFolder.prepare(path, configuration(backend, job), settings(backend, job.resources))
      },
    })
  } finally {
    await Promise.all([server.stop(), postgres?.stop()])
    await rm(parent, { recursive: true, force: true })
  }
}

/** The environment in which Terraform's `http` backend finds a state. */
export function httpSettings(address: string, token: string): Record<string, string> {
  return {
    TF_HTTP_ADDRESS: address,
    TF_HTTP_LOCK_ADDRESS: address,
    TF_HTTP_UNLOCK_ADDRESS: address,
    TF_HTTP_USERNAME: 'bench',
    TF_HTTP_PASSWORD: token,
  }
}

async function compare(
  { backends, prepare }: Peers,
  job: Job,
  rounds: number,
  against: (peer: string) => string,
): Promise<Finding[]> {
  const folders = new Map<Backend, TerraformFolder>()
  for (const backend of backends) folders.set(backend, await prepare(backend, job))
  const ours = folders.get('http')
  await ours?.apply(0)
  for (const folder of folders.values()) if (ours && folder !== ours) await folder.adopt(ours)
  let round = 1
  const runs = new Map([...folders].map(([backend, folder]) => [backend, () => folder.apply(round)]))
  const times = await interleave(runs, rounds, async () => {
    const contents = new Set(await Promise.all([...folders.values()].map((folder) => folder.content())))
    if (contents.size !== 1) throw new Error(`The states differ after round ${round}.`)
    round += 1
  })
  return findings(times, folders, job, against)
}

function findings(
  times: Rounds<Backend>,
  folders: ReadonlyMap<Backend, TerraformFolder>,
  { changing }: Job,
  against: (peer: string) => string,
): Finding[] {
  const told = (peer: Backend) => {
    const { low, high } = ratioOf(times, 'http', peer)
    return `${show(low)}–${show(high)}; ${seconds(times, 'http')} against ${seconds(times, peer)} s`
  }
  const cpu = Object.fromEntries([...folders].map(([backend, folder]) => [backend, folder.cpu]))
  const evidence = { milliseconds: Object.fromEntries(times), cpuMilliseconds: cpu }
  const local = ratioOf(times, 'http', 'local').median
  const finding = atMost(against('local'), local, { target: limit, show, noisy: true }, evidence)
  const measured = `${finding.measured} (${told('local')})`
  return [
    changing === 1 ? { ...finding, measured } : reported(against('local'), measured, evidence),
    times.has('pg')
      ? reported(against('pg'), `${show(ratioOf(times, 'http', 'pg').median)} (${told('pg')})`)
      : skipped(against('pg'), 'reported', 'PostgreSQL is not installed'),
  ]
}

/** The median without the warm-up. */
function seconds(times: Rounds<Backend>, backend: Backend): string {
  return (quantile((times.get(backend) ?? []).slice(1), 0.5) / 1000).toFixed(2)
}
