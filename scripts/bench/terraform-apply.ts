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
import { TerraformFolder } from './terraform-folder.ts'
import type { Backend } from './terraform-folder.ts'

type Size = { readonly resources: number; readonly rounds: number; readonly quickRounds: number }

const target = 1.1
const show = (ratio: number) => ratio.toFixed(2)

export const applyOf50 = metricOf({ resources: 50, rounds: 9, quickRounds: 3 }, 120)
export const applyOf2000 = metricOf({ resources: 2000, rounds: 5, quickRounds: 0 }, 400)

function metricOf(size: Size, limitSeconds: number): Metric {
  const name = `apply of ${size.resources} resources`
  const against = (peer: string) => `terraform ${name}, ours ÷ \`${peer}\``
  return {
    name,
    limitSeconds,
    async measure(quick) {
      const rounds = quick ? size.quickRounds : size.rounds
      if (rounds === 0) return [skipped(against('local'), `≤ ${show(target)}`, 'too long for a quick run')]
      if ((await firstLine('terraform', ['version'])) === null)
        return [skipped(against('local'), `≤ ${show(target)}`, 'terraform is not installed')]
      return withPeers((folders) => compare(folders, size.resources, rounds, against))
    },
  }
}

type Prepare = (backend: Backend, resources: number) => Promise<TerraformFolder>
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
      prepare: (backend, resources) =>
        TerraformFolder.prepare(parent, backend, resources, settings(backend, resources)),
    })
  } finally {
    await Promise.all([server.stop(), postgres?.stop()])
    await rm(parent, { recursive: true, force: true })
  }
}

function httpSettings(address: string, token: string): Record<string, string> {
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
  resources: number,
  rounds: number,
  against: (peer: string) => string,
): Promise<Finding[]> {
  const folders = new Map<Backend, TerraformFolder>()
  for (const backend of backends) folders.set(backend, await prepare(backend, resources))
  await folders.get('local')?.apply(0)
  const first = folders.get('local')?.stateFile ?? ''
  for (const [backend, folder] of folders) if (backend !== 'local') await folder.adopt(first)
  let round = 1
  const runs = new Map([...folders].map(([backend, folder]) => [backend, () => folder.apply(round)]))
  const times = await interleave(runs, rounds, async () => {
    const contents = new Set(await Promise.all([...folders.values()].map((folder) => folder.content())))
    if (contents.size !== 1) throw new Error(`The states differ after round ${round}.`)
    round += 1
  })
  return findings(times, folders, against)
}

function findings(
  times: Rounds<Backend>,
  folders: ReadonlyMap<Backend, TerraformFolder>,
  against: (peer: string) => string,
): Finding[] {
  const told = (peer: Backend) => {
    const { low, high } = ratioOf(times, 'http', peer)
    return `${show(low)}–${show(high)}; ${seconds(times, 'http')} against ${seconds(times, peer)} s`
  }
  const cpu = Object.fromEntries([...folders].map(([backend, folder]) => [backend, folder.cpu]))
  const evidence = { milliseconds: Object.fromEntries(times), cpuMilliseconds: cpu }
  const local = ratioOf(times, 'http', 'local').median
  const finding = atMost(against('local'), local, { target, show, noisy: true }, evidence)
  return [
    { ...finding, measured: `${finding.measured} (${told('local')})` },
    times.has('pg')
      ? reported(against('pg'), `${show(ratioOf(times, 'http', 'pg').median)} (${told('pg')})`)
      : skipped(against('pg'), 'reported', 'PostgreSQL is not installed'),
  ]
}

/** The median without the warm-up. */
function seconds(times: Rounds<Backend>, backend: Backend): string {
  return (quantile((times.get(backend) ?? []).slice(1), 0.5) / 1000).toFixed(2)
}
