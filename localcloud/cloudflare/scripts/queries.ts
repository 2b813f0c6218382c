import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { newId } from '../identity/tables.ts'
import type { Store } from '../store.ts'
import { Deployment, ObjectClass, Script, Version } from './schema.ts'
import type { Place, Share } from './schema.ts'

export function scriptAt(store: Store, { namespace, name }: Place): Script | null {
  return store.get(Script, 'select * from scripts where namespace = ? and name = ?', namespace, name)
}

/** A script by its name, or by the tag that never changes. */
export function scriptNamed(store: Store, key: string): Script | null {
  return store.get(Script, "select * from scripts where namespace = '' and (name = ? or id = ?) limit 1", key, key)
}

export function scriptsIn(store: Store, namespace: string): Script[] {
  return store.all(Script, 'select * from scripts where namespace = ? order by name limit 10000', namespace)
}

export function allScripts(store: Store): Script[] {
  return store.all(Script, 'select * from scripts order by namespace, name limit 10000')
}

/** Makes a script's row when it is new; returns its identifier. */
export function ensureScript(store: Store, { namespace, name }: Place, at: number): string {
  const known = scriptAt(store, { namespace, name })
  if (known) return known.id
  const id = newId()
  const insert = 'insert into scripts (id, namespace, name, created_on, modified_on) values (?, ?, ?, ?, ?)'
  store.run(insert, id, namespace, name, at, at)
  return id
}

export function deleteScript(store: Store, id: string): void {
  store.run('delete from scripts where id = ?', id)
}

export function versionWith(store: Store, scriptId: string, id: string): Version | null {
  return store.get(Version, 'select * from versions where script_id = ? and id = ?', scriptId, id)
}

/** Newest first. */
export function versionsOf(store: Store, scriptId: string, limit = 1000, offset = 0): Version[] {
  const sql = 'select * from versions where script_id = ? order by number desc limit ? offset ?'
  return store.all(Version, sql, scriptId, limit, offset)
}

export function latestVersion(store: Store, scriptId: string): Version | null {
  return versionsOf(store, scriptId, 1)[0] ?? null
}

/** A version as it is about to be stored. */
export type NewVersion = Omit<Version, 'id' | 'number' | 'created_on' | 'script_id' | 'is_deployable'>

export function insertVersion(store: Store, scriptId: string, version: NewVersion, at: number): Version {
  const id = randomUUID()
  const number = 1 + store.count('select max(number) from versions where script_id = ?', scriptId)
  store.run(
    `insert into versions (id, script_id, number, created_on, source, annotations, main, modules, bindings,
      compatibility_date, compatibility_flags, usage, assets, exports, etag, startup_ms, migration_tag)
      values (:id, :script, :number, :at, :source, :annotations, :main, :modules, :bindings,
      :date, :flags, :usage, :assets, :exports, :etag, :startup, :tag)`,
    {
      id,
      number,
      at,
      script: scriptId,
      source: version.source,
      main: version.main,
      etag: version.etag,
      annotations: JSON.stringify(version.annotations),
      modules: JSON.stringify(version.modules),
      bindings: JSON.stringify(version.bindings),
      date: version.compatibility_date,
      flags: JSON.stringify(version.compatibility_flags),
      usage: JSON.stringify(version.usage),
      assets: version.assets && JSON.stringify(version.assets),
      exports: JSON.stringify(version.exports),
      startup: version.startup_ms,
      tag: version.migration_tag,
    },
  )
  store.run('update scripts set modified_on = ? where id = ?', at, scriptId)
  return { ...version, id, number, created_on: at, script_id: scriptId, is_deployable: true }
}

/** Newest first: the first one is active. */
export function deploymentsOf(store: Store, scriptId: string, limit = 100): Deployment[] {
  const sql = 'select * from deployments where script_id = ? order by number desc limit ?'
  return store.all(Deployment, sql, scriptId, limit)
}

export function activeDeployment(store: Store, scriptId: string): Deployment | null {
  return deploymentsOf(store, scriptId, 1)[0] ?? null
}

/** What a deployment says besides its versions. */
export type Told = { readonly source: string; readonly annotations: Record<string, string | null> }

export function insertDeployment(
  store: Store,
  scriptId: string,
  shares: readonly Share[],
  told: Told,
  at: number,
): string {
  const id = randomUUID()
  store.run(
    'insert into deployments (id, script_id, created_on, source, versions, annotations) values (?, ?, ?, ?, ?, ?)',
    id,
    scriptId,
    at,
    told.source,
    JSON.stringify(shares),
    JSON.stringify(told.annotations),
  )
  store.run('update scripts set deployed_from = ?, modified_on = ? where id = ?', told.source, at, scriptId)
  return id
}

export function objectClassesOf(store: Store, scriptId: string): ObjectClass[] {
  return store.all(ObjectClass, 'select * from object_classes where script_id = ? order by class', scriptId)
}

const Cron = z.object({ cron: z.string(), created_on: z.int(), modified_on: z.int() })
export type Cron = z.infer<typeof Cron>

export function schedulesOf(store: Store, scriptId: string): Cron[] {
  const sql = 'select cron, created_on, modified_on from schedules where script_id = ? order by cron'
  return store.all(Cron, sql, scriptId)
}
