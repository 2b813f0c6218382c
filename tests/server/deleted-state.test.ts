import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sqlite } from '../../scripts/embedded/sqlite.ts'
import { state } from '../../worker/testing-states.ts'
import { eventually } from '../../worker/testing.ts'
import { freePort, owner, startServers } from './server.ts'
import type { Server } from './server.ts'

const { start, folder } = startServers()

/** So many that a deletion is followed in many parts. */
const many = 2000
const resources = Array.from({ length: many }, (_, n) => ({ name: `n${n}` }))

/** When the server is killed, round by round: so many milliseconds after the deletion, or after it was ready again. */
const rounds = [
  [130, 300, 5],
  [250, 120, 500],
]

/** How many runs with an operation have succeeded. */
async function succeeded(server: Server, operation: string): Promise<number> {
  const response = await server.call(`/api/deployments?operation=${operation}&status=success`, owner)
  return ((await response.json()) as { deployments: unknown[] }).deployments.length
}

test('a server that is killed again and again while it deletes a state forgets each resource once', async () => {
  const env = { PORT: String(await freePort()), DATA_DIR: folder(), CLIENT_AUTH_TOKEN: owner }
  let server = await (await start(env)).ready()
  for (const [index, kills] of rounds.entries()) {
    const body = state(1, resources, `lineage-${index}`)
    expect((await server.call('/state/gone', owner, { method: 'POST', body })).status).toBe(200)
    const written = server
    await eventually(
      async () => succeeded(written, 'apply'),
      (n) => n === index + 1,
      30_000,
    )
    const deletion = await server.call('/api/states/gone?confirm=gone', owner, { method: 'DELETE' })
    expect(deletion.status).toBe(204)
    for (const delay of kills) {
      await pause(delay)
      await server.stop('SIGKILL')
      server = await (await start(env)).ready()
    }
    expect((await server.call('/state/gone', owner)).status).toBe(404)
    const restarted = server
    await eventually(
      async () => succeeded(restarted, 'delete'),
      (n) => n === index + 1,
      30_000,
    )
  }
  await pause(1000)
  expect((await server.stop()).code).toBe(0)
  expect(inDatabase(env.DATA_DIR)).toEqual({
    states: rounds.map(() => ({ live: 0, version: expect.any(Number) })),
    changes: [
      { action: 'forget', version: 0, n: rounds.length * many, resources: rounds.length * many },
      ...rounds.map((_, index) => ({ action: 'create', version: index + 1, n: many, resources: many })),
    ],
    alive: [],
    runs: [
      { operation: 'apply', status: 'success', n: rounds.length },
      { operation: 'delete', status: 'success', n: rounds.length },
    ],
    acts: [{ action: 'state.delete', n: rounds.length }],
    counters: [{ scope: 'deployments', key: 'success', n: 2 * rounds.length }],
    searchable: [],
  })
  expect(inLedger(env.DATA_DIR)).toEqual({ versions: 0, pieces: 0, staged: 0, inventory: 0, journal: 0 })
}, 120_000)

function rowsIn(path: string, query: string): Record<string, unknown>[] {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(path)
  try {
    return db
      .prepare(query)
      .all()
      .map((row) => ({ ...row }))
  } finally {
    db.close()
  }
}

/** The database file below a folder of the embedded server's. */
function fileIn(parent: string): string {
  const [name = ''] = readdirSync(parent).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))
  return join(parent, name)
}

function inDatabase(data: string): unknown {
  const rows = (query: string) => rowsIn(fileIn(join(data, 'd1', 'miniflare-D1DatabaseObject')), query)
  return {
    states: rows('select deleted_at is null as live, version from states order by id'),
    changes: rows(`select action, version, count(*) as n, count(distinct resource_id) as resources
      from resource_changes group by 1, 2 order by 2, 1`),
    alive: rows("select 1 from managed_resources where status <> 'deleted'"),
    runs: rows('select operation, status, count(*) as n from deployments group by 1, 2 order by 1'),
    acts: rows("select action, count(*) as n from audit_log where action = 'state.delete' group by 1"),
    counters: rows('select scope, key, n from counters where n <> 0'),
    searchable: rows('select rowid from resource_text limit 1'),
  }
}

function inLedger(data: string): Record<string, unknown> {
  const parent = join(data, 'do')
  const place = readdirSync(parent).find((name) => name.includes('StateLedger')) ?? ''
  const file = fileIn(join(parent, place))
  const tables = ['versions', 'pieces', 'staged', 'inventory', 'journal']
  return Object.fromEntries(
    tables.map((table) => [table, rowsIn(file, `select count(*) as n from ${table}`)[0]?.['n']]),
  )
}
