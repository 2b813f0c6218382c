import { z } from 'zod'
import { serviceOf } from './names.ts'
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
    selfMoving: () => selfMovingIn(runtime),
    onAlive: async () => {
      const back = doubts.endedAt(now()).filter((key) => runtime.quarantine.release(key))
      if (back.length > 0) await runtime.apply()
    },
    onStuck: async (suspects) => {
      const holder = await holderIn(runtime)
      if (holder !== null) return accuse(runtime, doubts, holder, now())
      const moving = suspects.isOurs ? [] : selfMovingIn(runtime).filter((key) => !suspects.scripts.includes(key))
      const isSure = suspects.isSure && moving.length === 0
      const out = isSure ? suspects.scripts : guess(doubts, suspects, moving, now())
      console.error(`The runtime was stuck and is restarted. ${sentenceOf(suspects, out, isSure)}`)
      return runtime.keepOut(out, now(), suspects.scripts)
    },
  })
}

/** Nobody knows whether it was a request or something that began by itself: both are kept out, for a while. */
function guess(doubts: Doubts, suspects: Suspects, moving: readonly string[], at: number): string[] {
  if (suspects.isOurs) return []
  const asked = suspects.isSure ? suspects.scripts : doubts.raise(suspects, at)
  return doubts.keep([...asked, ...moving], at)
}

function sentenceOf({ scripts, isOurs }: Suspects, out: readonly string[], isSure: boolean): string {
  if (isSure) return `It goes on without: ${scripts.join(', ') || 'nothing'}.`
  if (isOurs) return 'It was working for the account itself.'
  const named = [...new Set([...scripts, ...out])].join(', ')
  return `One of these never yielded: ${named}. ${out.length > 0 ? `For a while it goes on without: ${out.join(', ')}.` : ''}`
}

/** The one that has the thread is known: all who were kept out on a guess come back. */
async function accuse(runtime: Runtime, doubts: Doubts, culprit: string, at: number): Promise<void> {
  for (const key of doubts.endedAt(Infinity)) runtime.quarantine.release(key)
  console.error(`The runtime was stuck and is restarted. It goes on without: ${culprit}.`)
  await runtime.keepOut([culprit], at)
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
    return out
  }

  /** Keeps them out for a while, and returns them. */
  keep(keys: readonly string[], at: number): string[] {
    for (const key of keys) this.#out.set(key, at + outMs)
    return [...keys]
  }

  /** Whose time is over. */
  endedAt(at: number): string[] {
    const ended = [...this.#out].filter(([, until]) => until <= at).map(([key]) => key)
    for (const key of ended) this.#out.delete(key)
    return ended
  }
}
