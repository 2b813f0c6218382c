import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Store, Tables } from '../store.ts'
import { noWorkflow } from './errors.ts'
import { Settings, Workflow } from './schema.ts'
import type { Details, WorkflowBody } from './schema.ts'

export const workflowTables: Tables = {
  product: 'workflows',
  history: [
    `create table workflow_deletions (
      workflow text not null, instance text not null, primary key (workflow, instance)
    ) strict;
    create table workflow_settings (settings text not null) strict;`,
  ],
}

const columns = 'id, name, script_name, class_name, created_at, modified_at, details'

export function workflowOf(store: Store, name: string): Workflow {
  const found = workflowCalled(store, name)
  if (!found) throw noWorkflow()
  return found
}

export function workflowCalled(store: Store, name: string): Workflow | null {
  return store.get(Workflow, `select ${columns} from workflows where name = ?`, name)
}

export function allWorkflows(store: Store): Workflow[] {
  return store.all(Workflow, `select ${columns} from workflows order by created_at desc, id`)
}

/** Makes a Workflow or changes it; a change of its script or class is a new version. */
export function putWorkflow(store: Store, name: string, body: WorkflowBody, scriptVersion: string, at: number): void {
  const known = workflowCalled(store, name)
  const { script_name: script, class_name: className } = body
  const details = detailsAfter(known?.details ?? { versions: [] }, body, scriptVersion, at)
  const sql = `insert into workflows (id, name, script_name, class_name, created_at, modified_at, details)
    values (:id, :name, :script, :className, :at, :at, :details)
    on conflict (name) do update set script_name = :script, class_name = :className, modified_at = :at,
      details = :details`
  store.run(sql, { id: known?.id ?? randomUUID(), name, script, className, at, details: JSON.stringify(details) })
}

function detailsAfter(known: Details, body: WorkflowBody, scriptVersion: string, at: number): Details {
  const { class_name, limits, default_retention, schedules } = body
  const last = known.versions.at(-1)
  const isSame = last?.script_version === scriptVersion && last.class_name === class_name
  const version = {
    id: randomUUID(),
    class_name,
    created_on: new Date(at).toISOString(),
    script_version: scriptVersion,
  }
  return {
    versions: isSame ? known.versions : [...known.versions, version],
    limits: limits ?? known.limits,
    default_retention: default_retention ?? known.default_retention,
    schedules: schedules ?? known.schedules,
  }
}

export function removeWorkflow(store: Store, name: string): void {
  store.run('delete from workflows where name = ?', name)
  store.run('delete from workflow_deletions where workflow = ?', name)
}

const Deletion = z.object({ workflow: z.string(), instance: z.string() })
type Deletion = z.infer<typeof Deletion>

/** Instances that are gone for everybody, though the engine still has them until it starts anew. */
export function deletionsOf(store: Store, workflow: string | null): Deletion[] {
  const sql = 'select workflow, instance from workflow_deletions where :workflow is null or workflow = :workflow'
  return store.all(Deletion, sql, { workflow })
}

export function noteDeletion(store: Store, workflow: string, instance: string): void {
  store.run('insert or ignore into workflow_deletions values (?, ?)', workflow, instance)
}

export function clearDeletions(store: Store): void {
  store.run('delete from workflow_deletions')
}

const SettingsRow = z.object({ settings: z.string().transform((text) => Settings.parse(JSON.parse(text))) })

export function settingsOf(store: Store): z.infer<typeof Settings> {
  return store.get(SettingsRow, 'select settings from workflow_settings')?.settings ?? {}
}

export function keepSettings(store: Store, settings: z.infer<typeof Settings>): void {
  store.run('delete from workflow_settings')
  store.run('insert into workflow_settings values (?)', JSON.stringify(settings))
}
