import { z } from 'zod'
import type { Account } from '../accounts/schema.ts'
import { flag, json } from '../platform/store.ts'

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

/** The switches of a repository, with GitHub's defaults. */
export const Settings = z.object({
  has_issues: z.boolean().default(true),
  has_projects: z.boolean().default(true),
  has_wiki: z.boolean().default(true),
  has_discussions: z.boolean().default(false),
  has_downloads: z.boolean().default(true),
  allow_forking: z.boolean().default(true),
  allow_squash_merge: z.boolean().default(true),
  allow_merge_commit: z.boolean().default(true),
  allow_rebase_merge: z.boolean().default(true),
  allow_auto_merge: z.boolean().default(false),
  allow_update_branch: z.boolean().default(false),
  delete_branch_on_merge: z.boolean().default(false),
  use_squash_pr_title_as_default: z.boolean().default(false),
  squash_merge_commit_title: z.enum(['PR_TITLE', 'COMMIT_OR_PR_TITLE']).default('COMMIT_OR_PR_TITLE'),
  squash_merge_commit_message: z.enum(['PR_BODY', 'COMMIT_MESSAGES', 'BLANK']).default('COMMIT_MESSAGES'),
  merge_commit_title: z.enum(['PR_TITLE', 'MERGE_MESSAGE']).default('MERGE_MESSAGE'),
  merge_commit_message: z.enum(['PR_TITLE', 'PR_BODY', 'BLANK']).default('PR_TITLE'),
  web_commit_signoff_required: z.boolean().default(false),
})
export type Settings = z.infer<typeof Settings>

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
