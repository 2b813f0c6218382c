import { randomUUID } from 'node:crypto'
import type { Store, Tables } from '../store.ts'
import { noDeployment, noProject } from './errors.ts'
import { Deployment, Project } from './schema.ts'
import type { DeploymentDetails, Details } from './schema.ts'

export const pagesTables: Tables = {
  product: 'pages',
  history: [
    `create table pages_projects (
      id text primary key, name text not null unique, production_branch text not null, created_at integer not null,
      details text not null
    ) strict;
    create table pages_deployments (
      number integer primary key autoincrement, id text not null unique,
      project_id text not null references pages_projects (id) on delete cascade, branch text not null,
      environment text not null check (environment in ('production', 'preview')), created_at integer not null,
      details text not null
    ) strict;
    create index pages_deployments_of_project on pages_deployments (project_id, number);
    create table pages_active (
      project_id text not null references pages_projects (id) on delete cascade, branch text not null,
      deployment_id text not null references pages_deployments (id) on delete cascade, primary key (project_id, branch)
    ) strict;`,
  ],
}

const columns = 'id, name, production_branch, created_at, details'
const deploymentColumns = 'id, project_id, number, branch, environment, created_at, details'

export function projectOf(store: Store, name: string): Project {
  const found = store.get(Project, `select ${columns} from pages_projects where name = ?`, name)
  if (!found) throw noProject()
  return found
}

export function allProjects(store: Store): Project[] {
  return store.all(Project, `select ${columns} from pages_projects order by created_at desc, id`)
}

/** Stores a project as it is to be, new or not. */
export function keepProject(store: Store, project: Omit<Project, 'details'> & { details: Details }): void {
  store.run(
    `insert into pages_projects (${columns}) values (:id, :name, :production_branch, :created_at, :details)
      on conflict (id) do update set name = :name, production_branch = :production_branch, details = :details`,
    { ...project, details: JSON.stringify(project.details) },
  )
}

export function removeProject(store: Store, id: string): void {
  store.run('delete from pages_projects where id = ?', id)
}

export function deploymentOf(store: Store, { id }: Project, deployment: string): Deployment {
  const sql = `select ${deploymentColumns} from pages_deployments where project_id = ? and id = ?`
  const found = store.get(Deployment, sql, id, deployment)
  if (!found) throw noDeployment()
  return found
}

/** Deployments of a project, newest first. */
export function deploymentsOf(store: Store, { id }: Project): Deployment[] {
  const sql = `select ${deploymentColumns} from pages_deployments where project_id = ? order by number desc`
  return store.all(Deployment, sql, id)
}

/** The deployment that a branch shows now. */
export function activeOf(store: Store, { id }: Project, branch: string): Deployment | null {
  const sql = `select ${deploymentColumns.replaceAll(/\b(\w+)\b/g, 'd.$1')} from pages_deployments as d
    join pages_active as a on a.deployment_id = d.id where a.project_id = ? and a.branch = ?`
  return store.get(Deployment, sql, id, branch)
}

type Made = {
  readonly branch: string
  readonly environment: Deployment['environment']
  readonly details: DeploymentDetails
}

export function addDeployment(
  store: Store,
  { id: project }: Project,
  { branch, environment, details }: Made,
  at: number,
): string {
  const id = randomUUID()
  store.run(
    'insert into pages_deployments (id, project_id, branch, environment, created_at, details) values (?, ?, ?, ?, ?, ?)',
    id,
    project,
    branch,
    environment,
    at,
    JSON.stringify(details),
  )
  return id
}

/** Makes a deployment the one that its branch shows. */
export function activate(
  store: Store,
  { project_id: project, branch, id }: Pick<Deployment, 'project_id' | 'branch' | 'id'>,
): void {
  const sql = `insert into pages_active (project_id, branch, deployment_id) values (?, ?, ?)
    on conflict (project_id, branch) do update set deployment_id = excluded.deployment_id`
  store.run(sql, project, branch, id)
}

export function removeDeployment(store: Store, id: string): void {
  store.run('delete from pages_deployments where id = ?', id)
}
