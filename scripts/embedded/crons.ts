import { Cron } from 'croner'
import type { Miniflare } from 'miniflare'
import type { Manifest } from './manifest.ts'

/** Runs the Worker's `scheduled` handler for one cron. */
type Run = (cron: string) => Promise<void>

/**
 * The manifest's crons by this process's clock, in UTC as on Cloudflare: no local runtime fires them.
 * The one of every minute is run at once too, because it delivers what the outbox still holds from before a stop.
 * @returns how to stop them.
 */
export function driveCrons({ triggers }: Manifest, run: Run): () => void {
  const jobs = triggers.crons.map((cron) => {
    const guarded = oneAtATime(() => run(cron).catch((error: unknown) => console.error(`Cron ${cron} failed:`, error)))
    if (cron === '* * * * *') void guarded()
    return new Cron(cron, { timezone: 'UTC' }, guarded)
  })
  return () => jobs.forEach((job) => job.stop())
}

/** How a cron reaches the Worker. A handler that throws is an outcome, not an exception. */
export function scheduledOf(mf: Miniflare, { name }: Manifest): Run {
  return async (cron) => {
    const worker = await mf.getWorker(name)
    const { outcome } = await worker.scheduled({ cron, scheduledTime: new Date() })
    if (outcome !== 'ok') throw new Error(`The Worker's handler ended with "${outcome}".`)
  }
}

/** A call while the last one still runs does nothing. */
function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running = false
  return async () => {
    if (running) return
    running = true
    await run().finally(() => {
      running = false
    })
  }
}
