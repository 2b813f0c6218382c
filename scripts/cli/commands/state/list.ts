import { z } from 'zod'
import { State } from '../../../../worker/features/states/schema.ts'
import type { Server } from '../../api.ts'
import { connected, pathWith, printJson, textOf, understood } from '../../connection.ts'
import { ago } from '../../moments.ts'
import { command } from '../../options.ts'
import type { Given } from '../../options.ts'
import { tell } from '../../output.ts'
import { bytes } from '../../sizes.ts'
import { table } from '../../table.ts'

const Page = z.object({ states: z.array(State), next: z.string().nullable() })

export const list = command({
  operands: [],
  options: { json: { summary: "The API's JSON, a page on each line." } },
  run: (given) => connected((server) => listAll(server, given)),
})

async function listAll(server: Server, given: Given): Promise<number> {
  const found: State[] = []
  for (let cursor: string | null = null; ;) {
    const body = await textOf(server, pathWith('/api/states', { limit: 200, cursor }))
    const { states, next }: z.infer<typeof Page> = understood(Page, body)
    if (given.has('json')) printJson(body)
    found.push(...states)
    if (next === null) break
    cursor = next
  }
  if (!given.has('json')) show(found, Date.now())
  return 0
}

function show(states: readonly State[], now: number): void {
  if (states.length === 0) return tell('There are no states yet.')
  const columns = [
    { head: 'NAME', cell: ({ name }: State) => name, least: 12 },
    { head: 'SERIAL', cell: ({ serial }: State) => String(serial ?? '-') },
    { head: 'RESOURCES', cell: ({ resource_count: count, tainted_count: bad }: State) => counted(count, bad) },
    { head: 'SIZE', cell: ({ size }: State) => bytes(size), isOptional: true },
    { head: 'UPDATED', cell: ({ updated_at: at }: State) => ago(at, now) },
    { head: 'LOCKED BY', cell: ({ locked_by: who }: State) => who ?? '', style: () => 'yellow' as const, least: 9 },
  ]
  process.stdout.write(table(columns, states))
}

function counted(count: number, tainted: number): string {
  return tainted === 0 ? String(count) : `${count}, ${tainted} tainted`
}
