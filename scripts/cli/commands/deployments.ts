import { z } from 'zod'
import type { Server } from '../api.ts'
import { connected, pathWith, printJson, textOf, understood } from '../connection.ts'
import { ago, progress, span, stamp } from '../moments.ts'
import { command } from '../options.ts'
import type { Given } from '../options.ts'
import { paint, tell } from '../output.ts'
import { countsOf, Run, statusOf, styleOf } from '../runs.ts'
import { table } from '../table.ts'
import type { Column } from '../table.ts'
import { momentOf } from '../time-filter.ts'

/** What the API gives at most at once. */
const largestPage = 200

const Page = z.object({ deployments: z.array(z.unknown()), next: z.string().nullable() })

export const deployments = command({
  operands: [],
  options: {
    state: { value: '<name>', summary: 'Only of this state.' },
    status: { value: '<status>', summary: 'Only with this status: in_progress, success, failed, canceled, abandoned.' },
    operation: { value: '<name>', summary: 'Only of this operation: plan, apply, destroy, import …' },
    actor: { value: '<name>', summary: 'Only by this person, like alice@laptop.' },
    from: {
      value: '<time>',
      summary: 'Started then or later: 2026-11-21, 2026-11-21T10:00:00Z, or 2h for two hours ago.',
    },
    to: { value: '<time>', summary: 'Started before then.' },
    limit: { value: '<n>', summary: 'How many at most; 20 unless told otherwise.' },
    json: { summary: "The API's JSON." },
  },
  run: (given) => connected((server) => list(server, given)),
})

async function list(server: Server, given: Given): Promise<number> {
  const now = Date.now()
  const filters = {
    state: given.text('state'),
    status: given.text('status'),
    operation: given.text('operation'),
    actor: given.text('actor'),
    from: momentOf(given.text('from'), '--from', now),
    to: momentOf(given.text('to'), '--to', now),
  }
  const body = await collect(server, filters, given.whole('limit', 1) ?? 20)
  if (given.has('json')) printJson(body)
  else show(understood(Page.extend({ deployments: z.array(Run) }), body), now)
  return 0
}

/** The newest `limit` as one answer of the API; of one page, exactly its bytes. */
async function collect(server: Server, filters: Record<string, string | null>, limit: number): Promise<string> {
  const found: unknown[] = []
  let cursor: string | null = null
  for (;;) {
    const size = Math.min(largestPage, limit - found.length)
    const body = await textOf(server, pathWith('/api/deployments', { ...filters, limit: size, cursor }))
    const page: z.infer<typeof Page> = understood(Page, body)
    if (found.length === 0 && (limit <= largestPage || page.next === null)) return body
    found.push(...page.deployments)
    cursor = page.next
    if (cursor === null || found.length >= limit) return JSON.stringify({ deployments: found, next: cursor })
  }
}

function show({ deployments: rows, next }: { deployments: Run[]; next: string | null }, now: number): void {
  if (rows.length === 0) return tell('There is no such deployment.')
  process.stdout.write(table(columnsAt(now), rows))
  if (rows.some(({ inferred }) => inferred)) {
    process.stdout.write(`${paint('* concluded from what the client did; nobody reported it', 'dim')}\n`)
  }
  if (next !== null && process.stdout.isTTY) tell(`There are more: ask with --limit ${rows.length * 5}, or narrower.`)
}

function columnsAt(now: number): Column<Run>[] {
  return [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'STATE', cell: ({ state }) => state ?? '-', least: 8 },
    { head: 'OPERATION', cell: ({ operation }) => operation },
    { head: 'STATUS', cell: statusOf, style: ({ status }) => styleOf(status) },
    { head: 'CHANGES', cell: countsOf },
    { head: 'ACTOR', cell: ({ actor, credential }) => actor ?? credential ?? '-', least: 6 },
    { head: 'STARTED', cell: ({ started_at: at }) => ago(at, now) },
    { head: 'AT (UTC)', cell: ({ started_at: at }) => stamp(at), isOptional: true },
    { head: 'TOOK', cell: (run) => tookOf(run, now), isOptional: true },
  ]
}

function tookOf({ duration_ms: ms, started_at: start, expected_ms: expected }: Run, now: number): string {
  return ms === null ? progress(now - Date.parse(start), expected ?? null) : span(ms)
}
