import { constants } from 'node:os'
import { tell } from '../output.ts'

const interruptions = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Catches an interruption, so that what must be put in order is. @param atTheSecond what a second one leaves behind. */
export function listenForInterruption(atTheSecond: string) {
  const controller = new AbortController()
  let exitCode: number | null = null
  const listen = (signal: NodeJS.Signals) => {
    if (exitCode !== null) {
      tell(atTheSecond)
      process.exit(exitCode)
    }
    exitCode = 128 + constants.signals[signal]
    controller.abort()
  }
  for (const signal of interruptions) process.on(signal, listen)
  return {
    /** Aborted by the interruption. */
    signal: controller.signal,
    /** Ends the process, if it was interrupted, as the signal would have. */
    endProcess: (sentence: string): void => {
      if (exitCode === null) return
      tell(sentence)
      process.exit(exitCode)
    },
    /** Leaves the signals to their own effect again. */
    stop: (): void => {
      for (const signal of interruptions) process.off(signal, listen)
    },
  }
}
