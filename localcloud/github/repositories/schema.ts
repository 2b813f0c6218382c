import { z } from 'zod'
import type { Account } from '../accounts/schema.ts'
import { completed, flag, json } from '../platform/store.ts'

export const tables = `
create table if not exists repositories (
  id integer primary key autoincrement,
  owner_id integer not null references accounts,
  name text not null collate nocase,
  description text,
  homepage text,
  visibility text not null check (visibility in ('public', 'private', 'internal')),
  default_branch text not null,
  topics text not null default '[]',
  settings text not null default '{}',
  archived integer not null default 0,
  is_template integer not null default 0,
  parent_id integer,
  template_id integer,
  language text,
  last_number integer not null default 0,
  created_at integer not null,
  updated_at integer not null,
  pushed_at integer not null,
  unique (owner_id, name)
) strict;
create table if not exists repository_names (
  full_name text primary key collate nocase,
  repository_id integer not null references repositories on delete cascade
) strict, without rowid;
create table if not exists collaborators (
  repository_id integer not null references repositories on delete cascade,
  user_id integer not null references accounts on delete cascade,
  role text not null check (role in ('admin', 'maintain', 'write', 'triage', 'read')),
  primary key (repository_id, user_id)
) strict, without rowid;
create table if not exists stars (
  repository_id integer not null references repositories on delete cascade,
  user_id integer not null references accounts on delete cascade,
  starred_at integer not null,
  primary key (repository_id, user_id)
) strict, without rowid;
`

/** The switches of a repository. */
export const Switches = z.object({
  has_issues: z.boolean(),
  has_projects: z.boolean(),
  has_wiki: z.boolean(),
  has_discussions: z.boolean(),
  has_downloads: z.boolean(),
  allow_forking: z.boolean(),
  allow_squash_merge: z.boolean(),
  allow_merge_commit: z.boolean(),
  allow_rebase_merge: z.boolean(),
  allow_auto_merge: z.boolean(),
  allow_update_branch: z.boolean(),
  delete_branch_on_merge: z.boolean(),
  use_squash_pr_title_as_default: z.boolean(),
  squash_merge_commit_title: z.enum(['PR_TITLE', 'COMMIT_OR_PR_TITLE']),
  squash_merge_commit_message: z.enum(['PR_BODY', 'COMMIT_MESSAGES', 'BLANK']),
  merge_commit_title: z.enum(['PR_TITLE', 'MERGE_MESSAGE']),
  merge_commit_message: z.enum(['PR_TITLE', 'PR_BODY', 'BLANK']),
  web_commit_signoff_required: z.boolean(),
})

const usual: z.infer<typeof Switches> = {
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_discussions: false,
  has_downloads: true,
  allow_forking: true,
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  delete_branch_on_merge: false,
  use_squash_pr_title_as_default: false,
  squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
  squash_merge_commit_message: 'COMMIT_MESSAGES',
  merge_commit_title: 'MERGE_MESSAGE',
  merge_commit_message: 'PR_TITLE',
  web_commit_signoff_required: false,
}

/** All switches; one that was never set is as GitHub has it. */
export const Settings = completed(Switches, usual)

/** A row of `repositories`; `Repository` is the same with its owner. */
export const RepositoryRow = z.object({
  id: z.number(),
  owner_id: z.number(),
  name: z.string(),
  description: z.string().nullable(),
  homepage: z.string().nullable(),
  visibility: z.enum(['public', 'private', 'internal']),
  default_branch: z.string(),
  topics: json(z.array(z.string())),
  settings: json(Settings),
  archived: flag,
  is_template: flag,
  parent_id: z.number().nullable(),
  template_id: z.number().nullable(),
  language: z.string().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
  pushed_at: z.number(),
})

export type Repository = z.infer<typeof RepositoryRow> & {
  readonly owner: Account
  /** `owner/name` */
  readonly full_name: string
}

/** What a caller may do, from nothing to everything. */
export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof roles)[number]

export function isAtLeast(role: Role, wanted: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(wanted)
}

/** The older words that the API still uses for roles. */
export const rolesByPermission: Record<string, Role> = {
  pull: 'read',
  triage: 'triage',
  push: 'write',
  maintain: 'maintain',
  admin: 'admin',
}
