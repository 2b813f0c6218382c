import { every, sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Deployment, DeploymentStatus, Environment } from './schema.ts'

export function environmentNamed(store: Store, repository: number, name: string): Environment | null {
  const key = sql`repository_id = ${repository} and name = ${name}`
  return store.first(sql`select * from environments where ${key}`, Environment)
}

export function environmentsOf(store: Store, repository: number): Environment[] {
  return store.all(
    sql`select * from environments where repository_id = ${repository} order by id limit 1000`,
    Environment,
  )
}

/** An environment comes to be by being deployed to. */
export function ensureEnvironment(store: Store, repository: number, name: string, at: number): void {
  if (environmentNamed(store, repository, name)) return
  store.insert('environments', { repository_id: repository, name, settings: '{}', created_at: at, updated_at: at })
}

export function deploymentOf(store: Store, repository: number, id: number): Deployment | null {
  return store.first(sql`select * from deployments where repository_id = ${repository} and id = ${id}`, Deployment)
}

export type DeploymentFilter = Partial<Record<'sha' | 'ref' | 'task' | 'environment', string | undefined>>

export function deploymentsOf(store: Store, repository: number, filter: DeploymentFilter): Deployment[] {
  const { sha, ref, task, environment } = filter
  const condition = every([
    sql`repository_id = ${repository}`,
    sha !== undefined && sql`sha = ${sha}`,
    ref !== undefined && sql`ref = ${ref}`,
    task !== undefined && sql`task = ${task}`,
    environment !== undefined && sql`environment = ${environment}`,
  ])
  return store.all(sql`select * from deployments where ${condition} order by id desc limit 10000`, Deployment)
}

/** Newest first. */
export function deploymentStatusesOf(store: Store, deployment: number): DeploymentStatus[] {
  return store.all(
    sql`select * from deployment_statuses where deployment_id = ${deployment} order by id desc limit 1000`,
    DeploymentStatus,
  )
}

export function deploymentStatusOf(store: Store, deployment: number, id: number): DeploymentStatus | null {
  const key = sql`deployment_id = ${deployment} and id = ${id}`
  return store.first(sql`select * from deployment_statuses where ${key}`, DeploymentStatus)
}
