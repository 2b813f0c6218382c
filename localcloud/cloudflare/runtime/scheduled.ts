import { z } from 'zod'
import { paths } from './protocol.ts'
import type { ScheduledCall } from './protocol.ts'
import type { Runtime } from './runtime.ts'

const Outcome = z.object({ outcome: z.string() })
const longestMs = 15 * 60_000

/** How a cron reaches its script. A handler that throws is an outcome; its trace tells the rest. */
export function firing(runtime: Runtime): (script: string, cron: string, time: number) => Promise<void> {
  return async (script, cron, time) => {
    const leave = await runtime.gate.enter(script)
    try {
      const call: ScheduledCall = { script, cron, time }
      const response = await runtime.instance.call(paths.scheduled, call, longestMs)
      const { outcome } = Outcome.parse(await response.json())
      if (outcome !== 'ok') console.error(`Cron ${cron} of ${script} ended with "${outcome}".`)
    } finally {
      leave()
    }
  }
}
