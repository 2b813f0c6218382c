import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atMost } from './finding.ts'
import type { Metric } from './finding.ts'
import { run } from './processes.ts'
import { quantile } from './ratio.ts'
import { repository } from './server.ts'

/** What Node writes at its end: the most memory it ever had, in kilobytes. */
const tellMemory = "data:text/javascript,process.on('exit',()=>console.log('peak '+process.resourceUsage().maxRSS))"

/** All stacks of the example settings, from an empty folder, with Node's own start. */
export const synthesis: Metric = {
  name: 'synthesis',
  limitSeconds: 60,
  async measure(quick) {
    const outdir = await mkdtemp(join(tmpdir(), 'bench-synthesis-'))
    const seconds: number[] = []
    const megabytes: number[] = []
    try {
      for (let time = 0; time < (quick ? 1 : 7); time++) {
        const began = performance.now()
        const peak = await synthesise(outdir)
        seconds.push((performance.now() - began) / 1000)
        megabytes.push(peak)
      }
    } finally {
      await rm(outdir, { recursive: true, force: true })
    }
    const time = { target: 1.5, show: (value: number) => `${value.toFixed(2)} s`, noisy: true }
    const memory = { target: 250, show: (value: number) => `${value.toFixed(0)} MB`, noisy: false }
    return [
      atMost('Synthesis of all stacks', quantile(seconds, 0.5), time, { seconds }),
      atMost('Memory of that', Math.max(...megabytes), memory, { megabytes }),
    ]
  },
}

/** @returns its most memory, in megabytes. */
async function synthesise(outdir: string): Promise<number> {
  const args = ['--disable-warning=DEP0044', '--import', tellMemory, 'stacks/main.ts']
  const env = { ...process.env, CDKTF_OUTDIR: outdir }
  const { code, output } = await run(process.execPath, args, { cwd: repository, env, timeout: 30_000 })
  const peak = /^peak (\d+)$/m.exec(output)?.[1]
  if (code !== 0 || peak === undefined) throw new Error(`The stacks were not synthesised: ${output}`)
  return Number(peak) / 1000
}
