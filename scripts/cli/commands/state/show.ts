import { z } from 'zod'
import { StateDetail, StateEvent, StateVersion } from '../../../../worker/features/states/schema.ts'
import type { Server } from '../../api.ts'
import { connected, pathWith, printJson, textOf, understood } from '../../connection.ts'
import { ago, stamp } from '../../moments.ts'
import { command } from '../../options.ts'
import { paint } from '../../output.ts'
import { bytes } from '../../sizes.ts'
import { apiPath, stateName } from '../../states/backend.ts'
import { table } from '../../table.ts'
import { plain } from '../../text.ts'

/** How many of the newest are shown. */
const versionsShown = 10
const eventsShown = 5

const Versions = z.object({ versions: z.array(StateVersion), next: z.string().nullable() })
const Events = z.object({ events: z.array(StateEvent), next: z.string().nullable() })
type Detail = z.infer<typeof StateDetail>

export const show = command({
  operands: ['name'],
  options: { json: { summary: "The API's JSON, with the lock." } },
  run: (given) =>
    connected(async (server) => {
      const path = apiPath(stateName(given.operand('name')))
      const body = await textOf(server, path)
      if (given.has('json')) printJson(body)
      else process.stdout.write(await storyOf(server, path, understood(StateDetail, body)))
      return 0
    }),
})

async function storyOf(server: Server, path: string, state: Detail): Promise<string> {
  const now = Date.now()
  const [versions, events] = await Promise.all([
    textOf(server, pathWith(`${path}/versions`, { limit: versionsShown })),
    textOf(server, pathWith(`${path}/events`, { limit: eventsShown })),
  ])
  const parts = [headOf(state, now), lockOf(state), versionsOf(understood(Versions, versions), state, now)]
  return [...parts, eventsOf(understood(Events, events), now)].filter((part) => part !== '').join('\n')
}

function headOf(state: Detail, now: number): string {
  const { name, serial, lineage, resource_count: count, tainted_count: tainted, terraform_version: version } = state
  if (serial === null) return `${paint(name, 'bold')}  has no version yet\n`
  const resources = `${count} resource${count === 1 ? '' : 's'}${tainted === 0 ? '' : `, ${tainted} tainted`}`
  const inventory =
    state.inventory === 'complete' ? '' : `  inventory ${state.inventory}: ${plain(state.inventory_detail ?? '')}\n`
  return `${paint(name, 'bold')}  serial ${serial}, ${resources}, ${bytes(state.size)}
  lineage ${plain(lineage ?? '')}, written by Terraform ${plain(version ?? 'unknown')}, ${ago(state.updated_at, now)} (${stamp(state.updated_at)} UTC)
${inventory}`
}

function lockOf({ lock }: Detail): string {
  if (lock === null) return 'Nobody holds its lock.\n'
  const run = lock.deployment === null ? '' : `  its run is ${plain(lock.deployment)}\n`
  const head = `Locked by ${lock.who || lock.credential} (${lock.operation}) for ${lock.held_for}, since ${stamp(lock.since)} UTC`
  return `${paint(plain(head), 'yellow')}
${run}  taken with the token "${plain(lock.credential)}", lock ${plain(lock.id)}
  If that run is dead: terraform force-unlock ${plain(lock.id)}
`
}

function versionsOf({ versions, next }: z.infer<typeof Versions>, { version: count }: Detail, now: number): string {
  if (versions.length === 0) return ''
  type Row = z.infer<typeof StateVersion>
  const columns = [
    { head: 'SERIAL', cell: ({ serial }: Row) => String(serial) },
    { head: 'WRITTEN', cell: ({ created_at: at }: Row) => ago(at, now) },
    { head: 'AT (UTC)', cell: ({ created_at: at }: Row) => stamp(at), isOptional: true },
    { head: 'BY', cell: ({ deployment, forced }: Row) => `${deployment ?? '-'}${forced ? ', forced' : ''}`, least: 10 },
    { head: 'RESOURCES', cell: ({ resource_count: resources }: Row) => String(resources) },
    { head: 'SIZE', cell: ({ size }: Row) => bytes(size) },
    { head: 'SHA-256', cell: ({ sha256 }: Row) => sha256.slice(0, 12), isOptional: true },
  ]
  const more = next === null ? '' : `${paint(`and ${count - versions.length} before`, 'dim')}\n`
  return table(columns, versions) + more
}

function eventsOf({ events }: z.infer<typeof Events>, now: number): string {
  if (events.length === 0) return ''
  const rows = events.map(
    ({ kind, at, detail }) => `  ${ago(at, now)}: ${kind.replaceAll('_', ' ')}. ${plain(detail)}\n`,
  )
  return `Refused or forced, newest first\n${rows.join('')}`
}
