import { createHash } from 'node:crypto'
import type { Cloud } from '../cloud.ts'
import { newId } from '../identity/tables.ts'
import { keyOf } from '../runtime/names.ts'
import type { Verdict } from '../runtime/trial.ts'
import type { Store } from '../store.ts'
import { assetsFor } from './assets.ts'
import { resolveBindings } from './checks.ts'
import { problems } from './errors.ts'
import { proveFlags } from './flags.ts'
import type { Metadata } from './metadata.ts'
import { migrate } from './migrations.ts'
import type { After, Before } from './migrations.ts'
import { dropObjects } from './objects.ts'
import {
  ensureScript,
  insertDeployment,
  insertVersion,
  latestVersion,
  objectClassesOf,
  scriptAt,
  versionWith,
} from './queries.ts'
import type { NewVersion, Told } from './queries.ts'
import type { Binding, Module, Place, Script, ScriptSettings, Version } from './schema.ts'
import { snapshotOf } from './snapshot.ts'
import { storeModules } from './upload.ts'
import type { Part, Upload } from './upload.ts'

/** How an upload is meant. */
export type Intent = {
  readonly place: Place
  /** Put to work at once, or only stored. */
  readonly deploys: boolean
  /** A binding that cannot be inherited is an error, not nothing. */
  readonly isStrict: boolean
  readonly told: Told
}

/** The script and the version that an upload has made. */
export type Stored = { readonly script: Script; readonly version: Version; readonly deploymentId: string | null }

/** An upload whose parts are known and whose bindings lead somewhere. */
export type Draft = Omit<NewVersion, 'exports' | 'startup_ms' | 'etag' | 'migration_tag'> & {
  readonly migrations: Metadata['migrations']
  readonly declared: Metadata['exports']
  readonly settings: Partial<ScriptSettings>
}

/** Uploads are stored one at a time, because each builds upon the version before. */
const turns = new WeakMap<Store, Promise<unknown>>()

async function inTurn<Result>(of: Store, work: () => Promise<Result>): Promise<Result> {
  const result = (turns.get(of) ?? Promise.resolve()).then(work)
  turns.set(
    of,
    result.catch(() => {}),
  )
  return result
}

/** Stores an upload as a new version, after a trial, and puts it to work if that was meant. */
export async function upload(cloud: Cloud, sent: Upload, intent: Intent): Promise<Stored> {
  return storeVersion(cloud, intent, (previous) => draftOf(cloud, sent, previous, intent))
}

/** Stores what `make` makes of the version before. Either everything is stored and runs, or nothing is. */
export async function storeVersion(
  cloud: Cloud,
  intent: Intent,
  make: (previous: Version | null, script: Script | null) => Draft,
): Promise<Stored> {
  const { deleted, undo, ...stored } = await inTurn(cloud.store, async () => {
    const script = scriptAt(cloud.store, intent.place)
    const draft = make(script && latestVersion(cloud.store, script.id), script)
    proveFlags(draft.compatibility_flags)
    const after = planMigrations(cloud.store, script, draft, intent)
    const verdict = await cloud.runtime.prove(draft)
    proveExports(draft, after, verdict)
    const before = snapshotOf(cloud.store, intent.place)
    const made = cloud.store.transaction(() => commit(cloud, intent, draft, after, verdict))
    return { ...made, deleted: after.deleted, undo: before }
  })
  if (intent.deploys) {
    cloud.runtime.quarantine.release(keyOf(intent.place))
    await cloud.runtime.apply(undo)
    if (!versionWith(cloud.store, stored.script.id, stored.version.id)) throw problems.takenBack()
    dropObjects(cloud, deleted)
  }
  return stored
}

function draftOf(cloud: Cloud, { metadata, parts }: Upload, previous: Version | null, intent: Intent): Draft {
  const { store: from, blobs } = cloud
  const { main, modules } = codeOf(metadata, parts, cloud)
  const date = metadata.compatibility_date ?? null
  if (date !== null) proveDate(date, cloud.now())
  proveParts(metadata, modules)
  const { place, isStrict, told } = intent
  const assets = assetsFor({ store: from, blobs, account: cloud.account() }, metadata, previous, cloud.now())
  return {
    main,
    modules,
    bindings: resolveBindings({ store: from, place }, metadata, previous, isStrict),
    source: told.source,
    annotations: { 'workers/triggered_by': 'upload', ...metadata.annotations },
    compatibility_date: date,
    compatibility_flags: metadata.compatibility_flags ?? [],
    usage: {
      limits: metadata.limits ?? undefined,
      placement: metadata.placement ?? undefined,
      usage_model: 'standard',
    },
    assets,
    migrations: metadata.migrations,
    declared: metadata.exports,
    settings: settingsIn(metadata, intent),
  }
}

function proveDate(date: string, at: number): void {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date))) throw problems.badDate(date)
  if (date > new Date(at + 86_400_000).toISOString().slice(0, 10)) throw problems.futureDate(date)
}

/** A binding whose value is a part of the upload. */
function proveParts({ bindings }: Metadata, modules: readonly Module[]): void {
  for (const { name = '', type, part } of bindings) {
    if (type !== 'data_blob' && type !== 'text_blob') continue
    if (!modules.some((module) => module.name === part)) throw problems.bindingWithout(name, type, 'part')
  }
}

/** A Worker of static files alone has no modules: a page that says so stands in. */
function codeOf({ main_module, body_part, assets }: Metadata, parts: readonly Part[], { blobs }: Cloud) {
  const main = main_module ?? body_part ?? (assets && parts.length === 0 ? '' : undefined)
  if (main === undefined) throw problems.badMetadata('main_module or body_part is required')
  if (main === '') return { main, modules: [] }
  const modules = storeModules(parts, main, main_module === undefined, blobs)
  if (!modules.some(({ name }) => name === main)) throw problems.noSuchModule(main)
  return { main, modules }
}

/** Settings of the script, which no version has; what is not mentioned stays, but at a deployment for its traces' consumers. */
function settingsIn(metadata: Metadata, { deploys }: Intent): Partial<ScriptSettings> {
  const { tail_consumers: consumers, observability, logpush, tags } = metadata
  return {
    ...(deploys ? { tail_consumers: consumers ?? null } : {}),
    ...(observability === undefined ? {} : { observability }),
    ...(logpush === undefined || logpush === null ? {} : { logpush }),
    ...(tags === undefined ? {} : { tags }),
  }
}

function planMigrations(from: Store, script: Script | null, draft: Draft, { deploys, place }: Intent): After {
  if (draft.migrations && !deploys) throw problems.migrationInVersion()
  const before: Before = {
    tag: script?.migration_tag ?? null,
    classes: script ? objectClassesOf(from, script.id) : [],
    classOf: (name, wanted) => {
      const other = scriptAt(from, { ...place, name })
      return (other && objectClassesOf(from, other.id).find((known) => known.class === wanted)) ?? null
    },
    newId,
  }
  const after = migrate(before, draft.migrations)
  return draft.declared && deploys ? withDeclared(after, draft.declared) : after
}

/** Classes may be declared instead of migrated: what is declared and missing is made. */
function withDeclared(after: After, declared: NonNullable<Metadata['exports']>): After {
  const missing = Object.entries(declared).filter(
    ([name, { type }]) => type === 'durable-object' && !after.classes.some((known) => known.class === name),
  )
  const made = missing.map(([name, { storage }]) => ({
    class: name,
    id: newId(),
    uses_sqlite: storage !== 'legacy-kv',
  }))
  return {
    ...after,
    classes: [...after.classes, ...made],
    named: [...after.named, ...made.map((known) => known.class)],
  }
}

/** What a script owns and binds must be exported by it. */
function proveExports(draft: Draft, { classes, deleted, named }: After, { exports }: Verdict): void {
  const names = new Set(exports.named.map(({ name }) => name))
  for (const name of named) if (!names.has(name)) throw problems.classNotExported(name)
  for (const known of classes) if (!names.has(known.class)) throw problems.classDropped(known.class)
  for (const binding of draft.bindings) proveOwnClass(binding, classes, deleted)
  if (draft.modules.length > 0 && exports.handlers.length === 0 && names.size === 0) throw problems.noHandlers()
}

function proveOwnClass(binding: Binding, classes: After['classes'], deleted: After['deleted']): void {
  if (binding.type !== 'durable_object_namespace' || binding['script_name'] !== undefined) return
  const name = String(binding['class_name'])
  if (deleted.some((known) => known.class === name)) throw problems.classStillBound(name)
  if (!classes.some((known) => known.class === name)) throw problems.classUnbound(name)
}

function commit(cloud: Cloud, intent: Intent, draft: Draft, after: After, verdict: Verdict): Stored {
  const { store: to, now } = cloud
  const at = now()
  const id = ensureScript(to, intent.place, at)
  if (intent.deploys) storeClasses(to, id, after)
  mergeSettings(to, id, draft.settings)
  const { migrations: _, declared: __, settings: ___, ...version } = draft
  const stored = insertVersion(
    to,
    id,
    {
      ...version,
      exports: verdict.exports,
      startup_ms: verdict.milliseconds,
      etag: etagOf(draft.modules),
      migration_tag: after.tag,
    },
    at,
  )
  const shares = [{ version_id: stored.id, percentage: 100 }]
  const deploymentId = intent.deploys ? insertDeployment(to, id, shares, intent.told, at) : null
  const script = scriptAt(to, intent.place)
  if (!script) throw new Error('A script that was just stored is gone.')
  return { script, version: stored, deploymentId }
}

function storeClasses(to: Store, scriptId: string, { classes, tag }: After): void {
  to.run('delete from object_classes where script_id = ?', scriptId)
  for (const { id, class: name, uses_sqlite: sqlite } of classes) {
    // A class that came from another script leaves it.
    to.run('delete from object_classes where id = ?', id)
    const insert = 'insert into object_classes (id, script_id, class, uses_sqlite) values (?, ?, ?, ?)'
    to.run(insert, id, scriptId, name, Number(sqlite))
  }
  to.run('update scripts set migration_tag = ? where id = ?', tag, scriptId)
}

/** Changes those settings of a script that are given. */
export function mergeSettings(to: Store, scriptId: string, settings: Partial<ScriptSettings>): void {
  const patch = JSON.stringify(settings)
  to.run('update scripts set settings = json_patch(settings, ?) where id = ?', patch, scriptId)
}

function etagOf(modules: readonly Module[]): string {
  const hash = createHash('sha256')
  for (const { name, hash: blob } of modules) hash.update(`${name} ${blob} `)
  return hash.digest('hex')
}
