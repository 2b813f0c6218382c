import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../envelope.ts'
import type { Store, Tables } from '../store.ts'

/** Where the Git application is installed, which on the real service a person does in a browser; and what it builds. */
export const buildsTables: Tables = {
  product: 'builds',
  history: [
    `create table git_installations (owner text primary key collate nocase) strict;
    create table build_tokens (uuid text primary key, name text not null) strict;
    create table worker_builds (script_tag text primary key, details text not null) strict;`,
  ],
}

const Owner = z.object({ owner: z.string() })

export function installedOwners(store: Store): string[] {
  return store.all(Owner, 'select owner from git_installations order by owner').map(({ owner }) => owner)
}

/** Installs the application for these owners and no others. Whoever does so gets a token for builds, as in the dashboard. */
export function installFor(store: Store, owners: readonly string[]): void {
  store.transaction(() => {
    store.run('delete from git_installations')
    for (const owner of owners) store.run('insert or ignore into git_installations (owner) values (?)', owner)
    if (owners.length === 0 || store.count('select count(*) from build_tokens') > 0) return
    store.run('insert into build_tokens (uuid, name) values (?, ?)', randomUUID(), 'Workers Builds')
  })
}

export function isInstalledFor(store: Store, owner: string): boolean {
  return store.count('select count(*) from git_installations where owner = ?', owner) > 0
}

const Repository = z.object({
  provider_type: z.enum(['github', 'gitlab', 'gitlab_internal']),
  provider_account_id: z.string(),
  provider_account_name: z.string(),
  repo_id: z.string(),
  repo_name: z.string(),
  branch: z.string().min(1).max(256),
})
const Settings = z.looseObject({
  build_command: z.string(),
  deploy_command: z.string(),
  build_token_uuid: z.string(),
})

export const NewBuild = z.object({ script_tag: z.string(), git_repository: Repository, production_settings: Settings })
export const BuildChange = z.object({
  git_repository: Repository.pick({ branch: true }).optional(),
  production_settings: Settings.partial().optional(),
})
const Build = z.object({ details: z.string().transform((text) => NewBuild.parse(JSON.parse(text))) })
type Build = z.infer<typeof NewBuild>

export function buildOf(store: Store, tag: string): Build {
  const found = store.get(Build, 'select details from worker_builds where script_tag = ?', tag)
  if (!found) throw noThing()
  return found.details
}

/** @throws ApiError when no such thing may be built: nobody installed the application, or the token is unknown */
export function keepBuild(store: Store, build: Build): Build {
  if (!isInstalledFor(store, build.git_repository.provider_account_name)) throw notConnected()
  const token = build.production_settings.build_token_uuid
  if (store.count('select count(*) from build_tokens where uuid = ?', token) === 0)
    throw new ApiError(400, { code: 12_005, message: 'The build token was not found.' })
  store.run(
    'insert into worker_builds values (?, ?) on conflict (script_tag) do update set details = excluded.details',
    build.script_tag,
    JSON.stringify(build),
  )
  return build
}

export const noThing = (): ApiError => new ApiError(404, { code: 12_000, message: 'Not found' })
export const notConnected = (): ApiError =>
  new ApiError(400, {
    code: 12_002,
    message: 'No installation of the Git application was found for this account. Connect a repository first.',
  })
