import { z } from 'zod'
import { paths } from './protocol.ts'
import type { Runtime } from './runtime.ts'
import { minorKey } from './services.ts'
import { Watchdog } from './watchdog.ts'
import type { Suspects } from './watchdog.ts'

/** Who is suspected with others again in that time is kept out, but not for longer than others are stopped anyway. */
const [againMs, outMs] = [120_000, 8000]

/** The watchdog of a runtime. */
export function watchOver(runtime: Runtime, now: () => number): Watchdog {
  const doubts = new Doubts()
  return new Watchdog({
    ping: async (milliseconds) => {
      const answer = await runtime.instance.call(paths.ping, {}, milliseconds)
      return scriptsAmong(runtime, z.array(z.string()).parse(await answer.json()))
    },
    works: () => runtime.gate.works,
    isChanging: () => runtime.gate.isClosed,
    selfMoving: () => {
      const { scripts, workflows } = runtime.plan
      const moving = [...scripts.values()].filter(({ classes }) => classes.length > 0).map(({ key }) => key)
      return [...new Set([...moving, ...workflows.map(({ script_name: script }) => script)])]
    },
    onAlive: async () => {
      const back = doubts.endedAt(now()).filter((key) => runtime.quarantine.release(key))
      if (back.length > 0) await runtime.apply()
    },
    onStuck: async (suspects) => {
      const out = suspects.isSure ? suspects.scripts : doubts.raise(suspects, now())
      const named = suspects.scripts.join(', ') || 'nothing'
      const sentence = suspects.isSure
        ? `It goes on without: ${named}.`
        : `One of these never yielded: ${named}. ${out.length > 0 ? `For a while it goes on without: ${out.join(', ')}.` : ''}`
      console.error(`The runtime was stuck and is restarted. ${sentence}`)
      await runtime.keepOut(out, now())
    },
  })
}

/** Scripts by their keys, whichever of their versions. A request for static files may never reach its script. */
function scriptsAmong({ plan }: Runtime, keys: readonly string[]): string[] {
  const running = [...plan.scripts.values()].filter(({ version }) => version.assets === null)
  return running.filter(({ key }) => keys.includes(key) || keys.includes(minorKey(key))).map(({ key }) => key)
}

/**
 * Suspicions that fall on several scripts. Of those who are suspected twice, who was at work before the silence is kept
 * out for a while: if it is the other one, it will soon be suspected alone.
 */
class Doubts {
  readonly #suspected = new Map<string, number>()
  #out = new Map<string, number>()

  /** Returns whom to keep out. */
  raise({ scripts, first }: Suspects, at: number): string[] {
    const twice = scripts.filter((key) => at - (this.#suspected.get(key) ?? -againMs) < againMs)
    for (const key of scripts) this.#suspected.set(key, at)
    const before = twice.filter((key) => key !== first)
    const out = before.length > 0 ? before : twice
    for (const key of out) this.#out.set(key, at + outMs)
    return out
  }

  /** Whose time is over. */
  endedAt(at: number): string[] {
    const ended = [...this.#out].filter(([, until]) => until <= at).map(([key]) => key)
    for (const key of ended) this.#out.delete(key)
    return ended
  }
}
