import { existsSync, readdirSync } from 'node:fs'
import { eventually } from '../../worker/testing.ts'
import { Place } from './world.ts'
import type { startWorld } from './world.ts'

/** Prints so many lines, enough for several segments. */
export const count = 1200
export const talkative = `
resource "terraform_data" "talkative" {
  provisioner "local-exec" { command = "seq -f 'line %.0f' 1 ${count}" }
}`

type Logged = { readonly line: number; readonly operation: number; readonly stream: string; readonly text: string }

/** What the server has of a run. */
export type Recorded = {
  readonly runs: number
  readonly id: string
  readonly status: string
  readonly logged: readonly Logged[]
  /** The numbers that the provisioner said. */
  readonly said: readonly number[]
}

type Listed = {
  readonly id: string
  readonly status: string
  readonly state: string | null
  readonly working_directory: string | null
}

/**
 * Reads what the server has of the only run that meets a filter, or of a place. What the terraform of an earlier test did
 * to a state may be projected only after the tables were emptied: it is no second run of this place.
 */
export function recordReader({ worker }: ReturnType<typeof startWorld>) {
  const list = async (filter: string) => {
    const answer = await worker.fetch(`/api/deployments?${filter}`)
    return ((await answer.json()) as { deployments: Listed[] }).deployments
  }
  const listIn = async ({ folder, env }: Place) => {
    const all = await list('')
    return all.filter((run) => run.working_directory === folder || run.state === env['THROUGHLINE_STATE'])
  }
  return async (of: Readonly<Record<string, string>> | Place): Promise<Recorded> => {
    const all = await eventually(
      async () => (of instanceof Place ? listIn(of) : list(new URLSearchParams(of).toString())),
      ({ length }) => length > 0,
    )
    const [{ id, status } = { id: '', status: '' }] = all
    const log = await (await worker.fetch(`/api/deployments/${id}/logs?limit=5000`)).text()
    const lines = log.split('\n').filter((line) => line !== '')
    const logged = lines.map((line) => JSON.parse(line) as Logged)
    const said = logged.flatMap(({ text }) => /\(local-exec\): line (\d+)$/.exec(text)?.[1] ?? []).map(Number)
    return { runs: all.length, id, status, logged, said }
  }
}

/** 1, 2, 3 and so on. */
export function numbers(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1)
}

/** The names in a folder that need not be there. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : []
}

/** What the recorder has left in a place: runs that wait, and plans. */
export function leftIn({ spool, plans }: Place): { runs: string[]; plans: string[] } {
  return { runs: namesIn(spool), plans: namesIn(plans) }
}
