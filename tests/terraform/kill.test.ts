import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sqlite } from '../../scripts/embedded/sqlite.ts'
import { root } from '../../worker/testing.ts'
import { EmbeddedServer } from './embedded.ts'
import { FaultProxy } from './proxy.ts'
import { Workspace } from './terraform.ts'
import { runViews, stateViews } from './views.ts'
import { configured } from './world.ts'

/** So many that one version is projected into D1 in several parts. */
const many = 250
const fewer = 120
const config = configured(`
variable "word" {}
variable "many" { default = ${many} }
resource "terraform_data" "item" {
  count = var.many
  input = "\${var.word} \${count.index}"
}`)

/** When the server is killed: so many milliseconds after this request of the command arrived. */
type Kill = { readonly method: string; readonly afterMs: number }
type Round = { readonly args: readonly string[]; readonly kills: readonly Kill[] }

const word = (text: string) => ['-var', `word=${text}`]
const apply = ['apply', '-auto-approve']
const at = (method: string, afterMs: number): Kill => ({ method, afterMs })
const rounds: Round[] = [
  { args: [...apply, ...word('a')], kills: [at('LOCK', 0), at('POST', 0), at('UNLOCK', 0)] },
  { args: [...apply, ...word('b')], kills: [at('LOCK', 2), at('POST', 5), at('UNLOCK', 5)] },
  { args: [...apply, ...word('c')], kills: [at('GET', 1), at('POST', 12), at('UNLOCK', 15)] },
  { args: [...apply, ...word('d'), '-var', `many=${fewer}`], kills: [at('LOCK', 8), at('POST', 25), at('UNLOCK', 40)] },
  { args: ['destroy', '-auto-approve', ...word('d')], kills: [at('POST', 8), at('UNLOCK', 2)] },
]
const killPoints = rounds.flatMap(({ kills }) => kills).length

/** Each kill happens once, at the first request with its method after the kill before. */
function killer(server: EmbeddedServer, pending: Kill[]) {
  let restarted = Promise.resolve()
  const restart = async (before: Promise<void>, afterMs: number): Promise<void> => {
    await before
    await pause(afterMs)
    await server.end('SIGKILL')
    await server.start()
  }
  const watch = (method: string) => {
    const [next] = pending
    if (next?.method !== method) return
    pending.shift()
    restarted = restart(restarted, next.afterMs)
    // Whoever awaits `settled` learns of a failure.
    restarted.catch(() => undefined)
  }
  return { watch, settled: async () => restarted }
}

test(`a server killed ${killPoints} times in the middle of applies loses nothing and keeps no lock`, async () => {
  const server = await EmbeddedServer.create()
  const workspace = await Workspace.create(config)
  const pending: Kill[] = []
  const { watch, settled } = killer(server, pending)
  const proxy = new FaultProxy(server.address, null, watch)
  // Every second until the server is back.
  const env = { TF_HTTP_RETRY_MAX: '60', TF_HTTP_RETRY_WAIT_MIN: '1', TF_HTTP_RETRY_WAIT_MAX: '1' }
  const { stored, lockOf, isFree } = stateViews(server.call)
  const { deployments } = runViews(server.call)
  try {
    await server.start()
    const backend = { address: `${await proxy.listen()}/state/killed`, token: root, env }
    expect(await workspace.run(backend, 'init')).toMatchObject({ code: 0 })
    for (const [index, { args, kills }] of rounds.entries()) {
      pending.push(...kills)
      expect(await workspace.run(backend, ...args)).toMatchObject({ code: 0 })
      await settled()
      expect([pending, workspace.has('errored.tfstate'), await lockOf('killed')]).toEqual([[], false, null])
      const runs = await deployments('killed', 1 + 2 * index)
      expect(runs.map(({ status }) => status)).toEqual(Array.from({ length: 1 + 2 * index }, () => 'success'))
      const check = args[0] === 'destroy' ? ['-destroy', ...word('d')] : args.slice(2)
      expect(await workspace.run(backend, 'plan', '-detailed-exitcode', ...check)).toMatchObject({ code: 0 })
      const state = await stored('killed')
      expect(state?.serial).toBe(index + 1)
      const version = await server.call(`/api/states/killed/versions/${index + 1}`)
      expect(await version.json()).toEqual(state)
      expect(await deployments('killed', 2 * (index + 1))).toHaveLength(2 * (index + 1))
    }
    expect(await isFree('killed')).toBe(true)
    await deployments('killed', 2 * rounds.length + 1)
    expect(await server.end('SIGTERM')).toBe(0)
    expect(recorded(server.folder)).toEqual(expected)
  } finally {
    await proxy.stop()
    await settled().catch(() => undefined)
    await workspace.remove()
    await server.remove()
  }
})

/** What the database must hold: each version and each change once, and counters that equal what they count. */
const expected = {
  versions: [many, many, many, fewer, 0].map((resources, index) => ({
    version: index + 1,
    serial: index + 1,
    resources,
  })),
  changes: [many, many, many, many, fewer].map((changes, index) => ({ version: index + 1, changes })),
  repeated: [],
  unfinished: [],
  alive: [],
  failedDays: [],
  miscounted: { deployments: [], days: [], resources: [] },
}

/** Reads the database of a server that has stopped. */
function recorded(folder: string): unknown {
  const place = join(folder, 'd1', 'miniflare-D1DatabaseObject')
  const file = readdirSync(place).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)) ?? ''
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(join(place, file))
  const rows = (query: string) =>
    db
      .prepare(query)
      .all()
      .map((row) => ({ ...row }))
  const differing = (one: string, two: string) =>
    rows(`select * from (${one} except ${two}) union all select * from (${two} except ${one})`)
  try {
    return {
      versions: rows('select version, serial, resource_count as resources from state_snapshots order by version'),
      changes: rows('select version, count(*) as changes from resource_changes group by version order by version'),
      repeated: rows('select 1 from resource_changes group by resource_id, version having count(*) > 1'),
      unfinished: rows("select 1 from deployments where status = 'in_progress'"),
      alive: rows("select 1 from managed_resources where status <> 'deleted'"),
      failedDays: rows('select 1 from deployment_days where failed <> 0'),
      miscounted: {
        deployments: differing(
          "select key, n from counters where scope = 'deployments' and n <> 0",
          'select status, count(*) from deployments group by status',
        ),
        days: differing(
          'select day, operation, n from deployment_days where n <> 0',
          'select day, operation, count(*) from deployments group by day, operation',
        ),
        resources: rows("select key, n from counters where scope = 'resources' and n <> 0"),
      },
    }
  } finally {
    db.close()
  }
}
