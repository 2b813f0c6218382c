import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepAliveClient, ok } from './client.ts'
import type { Call } from './client.ts'
import { atMost, megabytes } from './finding.ts'
import type { Finding, Metric } from './finding.ts'
import { start } from './processes.ts'
import { issueToken, rootToken, startServer } from './server.ts'
import { recorder } from './terraform-folder.ts'

const lines = 100_000
const text = (n: number) =>
  `terraform_data.item[${n}] (local-exec): step ${n} of a long provisioner that tells what it does`

/** How fast the output of one run reaches the server, and what the recorder holds meanwhile. */
export const logLines: Metric = {
  name: 'log lines',
  limitSeconds: 120,
  async measure() {
    const parent = await mkdtemp(join(tmpdir(), 'bench-logs-'))
    const server = await startServer(join(parent, 'server'))
    try {
      return await measureOn(parent, server.url)
    } finally {
      await server.stop()
      await rm(parent, { recursive: true, force: true })
    }
  },
}

async function measureOn(parent: string, url: string): Promise<Finding[]> {
  const token = await issueToken(url, ['state:bench/*', 'deployments:write'])
  const program = await talkative(parent)
  const { call, close } = keepAliveClient(url, rootToken)
  try {
    const began = performance.now()
    const peak = await runRecorder(parent, {
      THROUGHLINE_URL: url,
      THROUGHLINE_TOKEN: token,
      THROUGHLINE_TERRAFORM: program,
      XDG_STATE_HOME: join(parent, 'spool'),
    })
    const seconds = (performance.now() - began) / 1000
    await checkStored(call)
    return findings(seconds, peak)
  } finally {
    close()
  }
}

/** A terraform that says a lot: the real one would be the slower half. */
async function talkative(parent: string): Promise<string> {
  const said = join(parent, 'said.txt')
  await writeFile(said, Array.from({ length: lines }, (_, n) => `${text(n + 1)}\n`).join(''))
  const program = join(parent, 'terraform')
  await writeFile(program, `#!/bin/sh\ncat ${said}\n`)
  await chmod(program, 0o755)
  return program
}

/** @returns the most bytes that were resident. */
async function runRecorder(cwd: string, settings: Record<string, string>): Promise<number> {
  const child = start(recorder, ['terraform', 'refresh', '-no-color'], {
    cwd,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  let peak = 0
  const ended = new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject))
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024)
    await sleep(10)
  }
  if ((await ended) !== 0) throw new Error(`The recorder ended with ${await ended}.`)
  return peak
}

/** Every line once, in order. */
async function checkStored(call: Call): Promise<void> {
  const { body } = await ok(call('GET', '/api/deployments?limit=1'))
  const id = /"id":"([^"]+)"/.exec(body.toString())?.[1]
  const logs = (await ok(call('GET', `/api/deployments/${id}/logs`))).body.toString().trimEnd().split('\n')
  const wrong = logs.findIndex((line, n) => !line.includes(`"text":"${text(n + 1)}"`))
  if (logs.length !== lines || wrong >= 0)
    throw new Error(`${logs.length} lines are stored; number ${wrong + 1} is not it.`)
}

function findings(seconds: number, peak: number): Finding[] {
  const rate = lines / seconds
  const measured = `${Math.round(rate).toLocaleString('en')} lines/s (${seconds.toFixed(1)} s from its start to its end)`
  return [
    {
      what: `${lines.toLocaleString('en')} lines of one run, from the recorder's pipe to the server`,
      target: '≥ 20,000 lines/s',
      measured,
      met: rate >= 20_000,
      failure: 'when repeated',
    },
    atMost('Memory of the recorder meanwhile', peak, { target: 120e6, show: megabytes, noisy: true }),
  ]
}
