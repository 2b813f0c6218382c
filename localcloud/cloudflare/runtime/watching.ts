import { paths } from './protocol.ts'
import type { Runtime } from './runtime.ts'
import { Watchdog } from './watchdog.ts'

/** The watchdog of a runtime. */
export function watchOver(runtime: Runtime, now: () => number): Watchdog {
  return new Watchdog({
    ping: async (milliseconds) => {
      await runtime.instance.call(paths.ping, {}, milliseconds)
    },
    works: () => runtime.gate.works,
    isChanging: () => runtime.gate.isClosed,
    selfMoving: () => {
      const { scripts, workflows } = runtime.plan
      const moving = [...scripts.values()].filter(({ classes }) => classes.length > 0).map(({ key }) => key)
      return [...new Set([...moving, ...workflows.map(({ script_name: script }) => script)])]
    },
    onStuck: async (suspects) => {
      console.error(`The runtime was stuck and is restarted. It goes on without: ${suspects.join(', ') || 'nothing'}.`)
      await runtime.keepOut(suspects, now())
    },
  })
}
