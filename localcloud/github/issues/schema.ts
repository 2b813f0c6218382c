import { z } from 'zod'
import { flag, json } from '../platform/store.ts'

export const tables = `
create table if not exists milestones (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  number integer not null,
  title text not null,
  description text,
  state text not null check (state in ('open', 'closed')),
  due_on integer,
  creator_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null,
  closed_at integer,
  unique (repository_id, number),
  unique (repository_id, title)
) strict;
create table if not exists issues (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  number integer not null,
  is_pull integer not null,
  title text not null,
  body text,
  state text not null check (state in ('open', 'closed')),
  state_reason text,
  author_id integer not null references accounts,
  milestone_id integer references milestones on delete set null,
  locked integer not null default 0,
  lock_reason text,
  closed_by integer,
  created_at integer not null,
  updated_at integer not null,
  closed_at integer,
  unique (repository_id, number)
) strict;
create index if not exists issues_by_state on issues (repository_id, state, created_at);
create index if not exists issues_by_milestone on issues (milestone_id) where milestone_id is not null;
create table if not exists labels (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  name text not null collate nocase,
  color text not null,
  description text,
  is_default integer not null,
  unique (repository_id, name)
) strict;
create table if not exists issue_labels (
  issue_id integer not null references issues on delete cascade,
  label_id integer not null references labels on delete cascade,
  primary key (issue_id, label_id)
) strict, without rowid;
create table if not exists issue_assignees (
  issue_id integer not null references issues on delete cascade,
  user_id integer not null references accounts on delete cascade,
  primary key (issue_id, user_id)
) strict, without rowid;
create table if not exists issue_comments (
  id integer primary key autoincrement,
  issue_id integer not null references issues on delete cascade,
  author_id integer not null references accounts,
  body text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index if not exists issue_comments_by_issue on issue_comments (issue_id, id);
create table if not exists issue_events (
  id integer primary key autoincrement,
  issue_id integer not null references issues on delete cascade,
  actor_id integer not null references accounts,
  event text not null,
  commit_id text,
  detail text not null,
  created_at integer not null
) strict;
create index if not exists issue_events_by_issue on issue_events (issue_id, id);
`

export const Milestone = z.object({
  id: z.number(),
  repository_id: z.number(),
  number: z.number(),
  title: z.string(),
  description: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  due_on: z.number().nullable(),
  creator_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
  closed_at: z.number().nullable(),
})
export type Milestone = z.infer<typeof Milestone>

/** What issues and pull requests share: a number, a text, a state, a conversation. */
export const Issue = z.object({
  id: z.number(),
  repository_id: z.number(),
  number: z.number(),
  is_pull: flag,
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  state_reason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullable(),
  author_id: z.number(),
  milestone_id: z.number().nullable(),
  locked: flag,
  lock_reason: z.string().nullable(),
  closed_by: z.number().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
  closed_at: z.number().nullable(),
})
export type Issue = z.infer<typeof Issue>

export const Label = z.object({
  id: z.number(),
  repository_id: z.number(),
  name: z.string(),
  color: z.string(),
  description: z.string().nullable(),
  is_default: flag,
})
export type Label = z.infer<typeof Label>

export const Comment = z.object({
  id: z.number(),
  issue_id: z.number(),
  author_id: z.number(),
  body: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Comment = z.infer<typeof Comment>

/** What has been done to an issue, in order. */
export const IssueEvent = z.object({
  id: z.number(),
  issue_id: z.number(),
  actor_id: z.number(),
  event: z.string(),
  commit_id: z.string().nullable(),
  detail: json(z.record(z.string(), z.unknown())),
  created_at: z.number(),
})
export type IssueEvent = z.infer<typeof IssueEvent>

/** The labels of every new repository. */
export const defaultLabels = [
  ['bug', 'd73a4a', "Something isn't working"],
  ['documentation', '0075ca', 'Improvements or additions to documentation'],
  ['duplicate', 'cfd3d7', 'This issue or pull request already exists'],
  ['enhancement', 'a2eeef', 'New feature or request'],
  ['good first issue', '7057ff', 'Good for newcomers'],
  ['help wanted', '008672', 'Extra attention is needed'],
  ['invalid', 'e4e669', "This doesn't seem right"],
  ['question', 'd876e3', 'Further information is requested'],
  ['wontfix', 'ffffff', 'This will not be worked on'],
] as const
