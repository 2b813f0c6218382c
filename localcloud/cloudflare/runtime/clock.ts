import { Cron } from 'croner'
import type { Plan } from './plan.ts'

/** Calls a script's `scheduled` handler. */
type Fire = (script: string, cron: string, time: number) => Promise<void>

type Job = { readonly key: string; readonly cron: Cron }

/** Cloudflare counts the days of the week from 1 for Sunday; names mean the same everywhere. */
export function localCron(expression: string): string {
  const fields = expression.trim().split(/\s+/)
  const days = fields[4]?.replaceAll(/(?<![#/\d])\d(?!\d)/g, (day) => String(Number(day) - 1))
  return [...fields.slice(0, 4), days].join(' ')
}

/** Whether Cloudflare would take an expression: five fields, and days of the week from 1 to 7. */
export function isCron(expression: string): boolean {
  const fields = expression.trim().split(/\s+/)
  if (fields.length !== 5 || /(?<![#/\d])[089]/.test(fields[4] ?? '')) return false
  try {
    new Cron(localCron(expression), { timezone: 'UTC', paused: true })
    return true
  } catch {
    return false
  }
}

/** Fires the crons of what is deployed by this process's clock, in UTC: no local runtime does it. */
export class Clock {
  readonly #fire: Fire
  #jobs: Job[] = []

  constructor(fire: Fire) {
    this.#fire = fire
  }

  /** Goes by the crons of a script set that has just started; those that stay are not disturbed. */
  follow({ scripts }: Plan, cronsOf: (scriptId: string) => readonly string[]): void {
    const wanted = new Map<string, { script: string; cron: string }>()
    for (const { key, script } of scripts.values()) {
      for (const cron of cronsOf(script.id).filter(isCron)) wanted.set(`${key} ${cron}`, { script: key, cron })
    }
    for (const { key, cron } of this.#jobs) if (!wanted.has(key)) cron.stop()
    const kept = this.#jobs.filter(({ key }) => wanted.has(key))
    const known = new Set(kept.map(({ key }) => key))
    const added = [...wanted].filter(([key]) => !known.has(key))
    this.#jobs = [...kept, ...added.map(([key, { script, cron }]) => ({ key, cron: this.#job(script, cron) }))]
  }

  stop(): void {
    for (const { cron } of this.#jobs) cron.stop()
    this.#jobs = []
  }

  #job(script: string, expression: string): Cron {
    return new Cron(localCron(expression), { timezone: 'UTC', unref: true, catch: true }, (self) =>
      this.#fire(script, expression, self.currentRun()?.getTime() ?? Date.now()),
    )
  }
}
