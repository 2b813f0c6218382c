import { z } from 'zod'
import { serviceOf } from './names.ts'
import { paths } from './protocol.ts'
import type { Runtime } from './runtime.ts'
import { minorKey } from './services.ts'
import { Watchdog } from './watchdog.ts'
import type { Suspects } from './watchdog.ts'

/** The watchdog of a runtime. */
export function watchOver(runtime: Runtime, now: () => number): Watchdog {
  return new Watchdog({
    ping: async (milliseconds) => {
      const answer = await runtime.instance.call(paths.ping, {}, milliseconds)
      return scriptsAmong(runtime, z.array(z.string()).parse(await answer.json()))
    },
    works: () => runtime.gate.works,
    isChanging: () => runtime.gate.isClosed,
    selfMoving: () => selfMovingIn(runtime),
    isInspected: () => runtime.isInspected,
    onStuck: async (suspects) => {
      const holder = await holderIn(runtime)
      const moving = suspects.isOurs ? [] : selfMovingIn(runtime).filter((key) => !suspects.scripts.includes(key))
      const isSure = suspects.isSure && moving.length === 0
      const out = holder !== null ? [holder] : isSure ? suspects.scripts : []
      console.error(`The runtime was stuck and is restarted. ${sentenceOf(suspects, moving, out)}`)
      return runtime.keepOut(out, now(), holder !== null ? out : suspects.scripts)
    },
  })
}

/** Nobody is kept out on a guess: if it comes again, the runtime can be looked into by then. */
function sentenceOf({ scripts, isOurs }: Suspects, moving: readonly string[], out: readonly string[]): string {
  if (out.length > 0) return `It goes on without: ${out.join(', ')}.`
  if (isOurs) return 'It was working for the account itself.'
  const named = [...scripts, ...moving].join(', ')
  return named === '' ? 'Nobody was at work.' : `One of these never yielded: ${named}.`
}

/** The script that has the thread, if that can be seen. */
async function holderIn(runtime: Runtime): Promise<string | null> {
  const holder = await runtime.holder()
  const keys = [...runtime.plan.scripts.keys()]
  return keys.find((key) => holder === serviceOf(key) || holder === serviceOf(minorKey(key))) ?? null
}

function selfMovingIn({ plan: { scripts, workflows } }: Runtime): string[] {
  const moving = [...scripts.values()].filter(
    ({ classes, version }) => classes.length > 0 || version.exports.handlers.includes('tail'),
  )
  return [...new Set([...moving.map(({ key }) => key), ...workflows.map(({ script_name: script }) => script)])]
}

/** Scripts by their keys, whichever of their versions. A request for static files may never reach its script. */
function scriptsAmong({ plan }: Runtime, keys: readonly string[]): string[] {
  const running = [...plan.scripts.values()].filter(({ version }) => version.assets === null)
  return running.filter(({ key }) => keys.includes(key) || keys.includes(minorKey(key))).map(({ key }) => key)
}
