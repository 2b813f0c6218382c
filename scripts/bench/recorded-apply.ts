import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { keepAliveClient, ok } from './client.ts'
import { LocalAccount } from './cloud-account.ts'
import { dnsRecords } from './dns-records.ts'
import { atMost, skipped } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { firstLine } from './processes.ts'
import { interleave, quantile, ratioOf } from './ratio.ts'
import { issueToken, rootToken, startServer } from './server.ts'
import { httpSettings } from './terraform-apply.ts'
import { configuration, TerraformFolder } from './terraform-folder.ts'

const job = { resources: 50, changing: 50 }
/** Which of the two goes first alternates: in an even number of rounds, each does as often. */
const rounds = { quick: 4, whole: 12 }
/** The server follows a run for about 100 ms after it has ended, and delivers the audit a second later. */
const restMs = 1500
const show = (ratio: number) => ratio.toFixed(2)
const Recorded = z.object({
  deployments: z.array(z.object({ status: z.literal('success'), resources_updated: z.int() })),
})

type Place = {
  readonly parent: string
  readonly url: string
  readonly account: LocalAccount
  /** What terraform needs for a state, with the recorder and without. */
  readonly settings: (state: string) => Record<string, string>
}
type Pair = {
  readonly bare: TerraformFolder
  readonly recorded: TerraformFolder
  /** @throws Error when the two have not done the same */
  readonly compare: () => Promise<void>
  readonly end: () => void
}

/** What the recorder costs on top of the commands that it runs. */
export const recordedApplies = [
  metricOf(`Recorded apply of ${job.resources} resources ÷ the same bare plan, show and apply`, prepareData),
  metricOf(`The same with ${job.resources} DNS records on the local account, refreshed and changed`, prepareRecords),
]

function metricOf(what: string, prepare: (place: Place) => Promise<Pair>): Metric {
  return {
    name: what,
    limitSeconds: 180,
    async measure(quick) {
      if ((await firstLine('terraform', ['version'])) === null)
        return [skipped(what, `≤ ${show(1.1)}`, 'terraform is not installed')]
      const parent = await mkdtemp(join(tmpdir(), 'bench-recorded-'))
      const data = join(parent, 'server')
      const server = await startServer(data, undefined, { THROUGHLINE_GITHUB: 'none', CLOUD_PORT: '0' })
      try {
        const settings = await settingsFor(parent, server.url)
        const account = await LocalAccount.in(data)
        const pair = await prepare({ parent, url: server.url, account, settings })
        try {
          return [await measure(what, server.url, pair, quick ? rounds.quick : rounds.whole)]
        } finally {
          pair.end()
        }
      } finally {
        await server.stop()
        await rm(parent, { recursive: true, force: true })
      }
    },
  }
}

async function settingsFor(parent: string, url: string): Promise<Place['settings']> {
  const token = await issueToken(url, ['state:bench/*', 'deployments:write', 'read'])
  const home = { XDG_STATE_HOME: join(parent, 'spool'), THROUGHLINE_URL: url, THROUGHLINE_TOKEN: token }
  return (state) => ({ ...httpSettings(`${url}/state/bench/${state}`, token), ...home })
}

/** Both change the same resources, so that their states must agree. */
async function prepareData({ parent, settings }: Place): Promise<Pair> {
  const make = (name: string) => TerraformFolder.prepare(join(parent, name), configuration('http', job), settings(name))
  const [bare, recorded] = [await make('bare'), await make('recorded')]
  await bare.apply(0)
  await recorded.adopt(bare)
  return {
    bare,
    recorded,
    compare: async () => {
      if ((await bare.content()) !== (await recorded.content())) throw new Error('The states differ.')
    },
    end: () => undefined,
  }
}

/** Each has records of its own; their provider runs here, and its calls change the account. */
async function prepareRecords({ parent, account, settings }: Place): Promise<Pair> {
  const zone = await account.zone('bench.example')
  const make = async (name: string) => {
    const { configured, env, stop } = await dnsRecords(join(parent, name), zone, job.resources, account)
    const folder = await TerraformFolder.prepare(join(parent, name), configured, { ...settings(name), ...env })
    await folder.apply(0)
    return { folder, stop }
  }
  const [bare, recorded] = [await make('bare'), await make('recorded')]
  return {
    bare: bare.folder,
    recorded: recorded.folder,
    compare: async () => undefined,
    end: () => [bare, recorded].forEach(({ stop }) => stop()),
  }
}

async function measure(what: string, url: string, { bare, recorded, compare }: Pair, count: number): Promise<Finding> {
  let round = 1
  const runs = new Map([
    ['recorded', () => recorded.applyRecorded(round)],
    ['bare', () => bare.applyInSteps(round)],
  ] as const)
  const check = async () => {
    await compare()
    round += 1
  }
  const times = await interleave(runs, count, check, restMs)
  await checkRecorded(url, count + 1)
  const { median, low, high } = ratioOf(times, 'recorded', 'bare')
  const secondsOf = (name: 'recorded' | 'bare') => (quantile((times.get(name) ?? []).slice(1), 0.5) / 1000).toFixed(2)
  const evidence = {
    milliseconds: Object.fromEntries(times),
    cpuMilliseconds: { recorded: recorded.cpu, bare: bare.cpu },
  }
  const found = atMost(what, median, { target: 1.1, show, noisy: true }, evidence)
  const told = `${show(low)}–${show(high)}; ${secondsOf('recorded')} against ${secondsOf('bare')} s`
  return { ...found, measured: `${found.measured} (${told})` }
}

/** A recorder that records nothing would be fast. */
async function checkRecorded(url: string, runs: number): Promise<void> {
  const { call, close } = keepAliveClient(url, rootToken)
  try {
    const { body } = await ok(call('GET', '/api/deployments?state=bench%2Frecorded&operation=apply&limit=200'))
    const { deployments } = Recorded.parse(JSON.parse(body.toString()))
    const whole = deployments.filter(({ resources_updated }) => resources_updated === job.changing)
    if (whole.length !== runs) throw new Error(`${runs} applies were run, ${whole.length} recorded.`)
  } finally {
    close()
  }
}
