import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Artifact, Job, Occasion, Run, Workflow } from './schema.ts'

export function workflowById(store: Store, id: number): Workflow | null {
  return store.first(sql`select * from workflows where id = ${id}`, Workflow)
}

export function workflowsOf(store: Store, repository: number): Workflow[] {
  return store.all(sql`select * from workflows where repository_id = ${repository} order by id limit 10000`, Workflow)
}

/** A workflow by its number or by the name of its file. */
export function workflowCalled(store: Store, repository: number, name: string): Workflow | null {
  const all = workflowsOf(store, repository)
  const isNumber = /^\d{1,15}$/.test(name)
  return (
    all.find(({ id, path }) => (isNumber ? id === Number(name) : path === name || path.endsWith(`/${name}`))) ?? null
  )
}

export function occasions(store: Store): Occasion[] {
  return store.all(sql`select * from workflow_occasions order by id limit 1000`, Occasion)
}

export function runById(store: Store, id: number): Run | null {
  return store.first(sql`select * from workflow_runs where id = ${id}`, Run)
}

/** Newest first. */
export function runsWhere(store: Store, condition: Statement): Run[] {
  return store.all(sql`select * from workflow_runs where ${condition} order by id desc limit 10000`, Run)
}

export function jobById(store: Store, id: number): Job | null {
  return store.first(sql`select * from workflow_jobs where id = ${id}`, Job)
}

export function jobsOf(store: Store, run: number): Job[] {
  return store.all(sql`select * from workflow_jobs where run_id = ${run} order by id limit 10000`, Job)
}

export function openJobs(store: Store): Job[] {
  return store.all(sql`select * from workflow_jobs where status <> 'completed' order by id limit 10000`, Job)
}

export function artifactsWhere(store: Store, condition: Statement): Artifact[] {
  return store.all(sql`select * from artifacts where ${condition} order by id desc limit 10000`, Artifact)
}
