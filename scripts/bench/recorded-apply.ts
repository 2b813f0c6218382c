import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { keepAliveClient, ok } from './client.ts'
import { atMost, skipped } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { firstLine } from './processes.ts'
import { interleave, quantile, ratioOf } from './ratio.ts'
import { issueToken, rootToken, startServer } from './server.ts'
import { httpSettings } from './terraform-apply.ts'
import { TerraformFolder } from './terraform-folder.ts'

const job = { resources: 50, changing: 50 }
const what = `Recorded apply of ${job.resources} resources ÷ the same bare plan, show and apply`
/** Which of the two goes first alternates: in an even number of rounds, each does as often. */
const rounds = { quick: 4, whole: 12 }
/** The server follows a run for about 100 ms after it has ended, and delivers the audit a second later. */
const restMs = 1500
const show = (ratio: number) => ratio.toFixed(2)
const Recorded = z.object({
  deployments: z.array(z.object({ status: z.literal('success'), resources_updated: z.int() })),
})

/** What the recorder costs on top of the commands that it runs. */
export const recordedApply: Metric = {
  name: 'recorded apply',
  limitSeconds: 120,
  async measure(quick) {
    if ((await firstLine('terraform', ['version'])) === null)
      return [skipped(what, `≤ ${show(1.1)}`, 'terraform is not installed')]
    const parent = await mkdtemp(join(tmpdir(), 'bench-recorded-'))
    const server = await startServer(join(parent, 'server'))
    try {
      return [await compare(parent, server.url, quick ? rounds.quick : rounds.whole)]
    } finally {
      await server.stop()
      await rm(parent, { recursive: true, force: true })
    }
  },
}

async function compare(parent: string, url: string, count: number): Promise<Finding> {
  const token = await issueToken(url, ['state:bench/*', 'deployments:write', 'read'])
  const state = (name: string) => httpSettings(`${url}/state/bench/${name}`, token)
  const home = { XDG_STATE_HOME: join(parent, 'spool'), THROUGHLINE_URL: url, THROUGHLINE_TOKEN: token }
  const bare = await TerraformFolder.prepare(parent, 'http', job, state('bare'), 'bare')
  const recorded = await TerraformFolder.prepare(parent, 'http', job, { ...state('recorded'), ...home }, 'recorded')
  await bare.apply(0)
  await recorded.adopt(bare)
  let round = 1
  const runs = new Map([
    ['recorded', () => recorded.applyRecorded(round)],
    ['bare', () => bare.applyInSteps(round)],
  ] as const)
  const check = async () => {
    if ((await bare.content()) !== (await recorded.content())) throw new Error(`The states differ after ${round}.`)
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
