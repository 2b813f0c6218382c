import { z } from 'zod'
import { activeDeployment, allScripts, objectClassesOf, versionWith } from '../scripts/queries.ts'
import type { ObjectClass, Script, Version } from '../scripts/schema.ts'
import type { Store } from '../store.ts'
import { keyOf } from './names.ts'

/** A script that runs: its active version, and a second one when a deployment is split between two. */
export type Running = {
  readonly key: string
  readonly script: Script
  readonly version: Version
  readonly minor: { readonly version: Version; readonly percentage: number } | null
  readonly classes: readonly ObjectClass[]
}

const WorkflowRow = z.object({ name: z.string(), script_name: z.string(), class_name: z.string() })
export type WorkflowRow = z.infer<typeof WorkflowRow>
const QueueRow = z.object({ id: z.string(), name: z.string() })
const DatabaseRow = z.object({ id: z.string(), storage: z.string() })

/** Everything that the runtime is made of, read from the store in one go. */
export type Plan = {
  readonly account: string
  readonly scripts: ReadonlyMap<string, Running>
  readonly workflows: readonly WorkflowRow[]
  /** Queue identifiers by name. */
  readonly queues: ReadonlyMap<string, string>
  /** Where the rows of a database lie now; a restored one has moved. */
  readonly databases: ReadonlyMap<string, string>
}

/** What the store holds now, without the scripts whose keys are left out. */
export function planOf(store: Store, account: string, leftOut: ReadonlySet<string> = new Set()): Plan {
  const scripts = new Map<string, Running>()
  for (const script of allScripts(store)) {
    const running = leftOut.has(keyOf(script)) ? null : runningOf(store, script)
    if (running) scripts.set(running.key, running)
  }
  const workflows = store.all(WorkflowRow, 'select name, script_name, class_name from workflows order by name')
  const queues = new Map(store.all(QueueRow, 'select id, name from queues').map(({ id, name }) => [name, id]))
  const places = "select id, coalesce(json_extract(details, '$.storage'), id) as storage from d1_databases"
  const databases = new Map(store.all(DatabaseRow, places).map(({ id, storage }) => [id, storage]))
  return { account, scripts, workflows: workflows.filter((row) => hasClass(scripts, row)), queues, databases }
}

function runningOf(store: Store, script: Script): Running | null {
  const shares = activeDeployment(store, script.id)?.versions ?? []
  const [major, minor] = shares.toSorted((a, b) => b.percentage - a.percentage)
  const version = major && versionWith(store, script.id, major.version_id)
  if (!version) return null
  const second = minor && minor.percentage > 0 ? versionWith(store, script.id, minor.version_id) : null
  return {
    key: keyOf(script),
    script,
    version,
    minor: second && minor ? { version: second, percentage: minor.percentage } : null,
    classes: objectClassesOf(store, script.id),
  }
}

/** An engine whose class is missing would keep the whole runtime from starting. */
function hasClass(
  scripts: ReadonlyMap<string, Running>,
  { script_name: name, class_name: wanted }: WorkflowRow,
): boolean {
  return exportsOf(scripts.get(name)).includes(wanted)
}

/** The names that a script's main module exports. */
export function exportsOf(running: Running | undefined): string[] {
  return running?.version.exports.named.map(({ name }) => name) ?? []
}
