import { setTimeout as pause } from 'node:timers/promises'
import { Cron } from 'croner'
import type { Miniflare } from 'miniflare'
import type { Manifest } from './manifest.ts'

/** Runs the Worker's `scheduled` handler for one cron. */
type Run = (cron: string) => Promise<void>

/**
 * The manifest's crons by this process's clock, in UTC as on Cloudflare: no local runtime fires them.
 * The one of every minute is run at once too, because it delivers what the outbox still holds from before a stop.
 * @returns how to stop them: those that run get two seconds to end; one that is cut off then has not failed.
 */
export function driveCrons({ triggers }: Manifest, run: Run): () => Promise<void> {
  const ends = new Map<string, Promise<void>>()
  let stopped = false
  const once = async (cron: string): Promise<void> => {
    if (ends.has(cron)) return
    const end = run(cron).catch(async (error: unknown) => {
      // A signal to the whole process group may reach the runtime before it reaches us.
      await pause(100, null, { ref: false })
      if (!stopped) console.error(`Cron ${cron} failed:`, error)
    })
    ends.set(cron, end)
    await end
    ends.delete(cron)
  }
  const jobs = triggers.crons.map((cron) => new Cron(cron, { timezone: 'UTC' }, () => once(cron)))
  if (triggers.crons.includes('* * * * *')) void once('* * * * *')
  return async () => {
    stopped = true
    for (const job of jobs) job.stop()
    await Promise.race([Promise.all(ends.values()), pause(2000, null, { ref: false })])
  }
}

/** How a cron reaches the Worker. A handler that throws is an outcome, not an exception. */
export function scheduledOf(mf: Miniflare, { name }: Manifest): Run {
  return async (cron) => {
    const worker = await mf.getWorker(name)
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() })
    if (outcome !== 'ok') throw new Error(`The Worker's handler ended with "${outcome}".`)
  }
}
