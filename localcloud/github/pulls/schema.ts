import { z } from 'zod'
import { flag } from '../platform/store.ts'

export const tables = `
create table if not exists pulls (
  id integer primary key autoincrement,
  issue_id integer not null unique references issues on delete cascade,
  base_ref text not null,
  base_sha text not null,
  head_repository_id integer references repositories on delete set null,
  head_owner_id integer not null references accounts,
  head_ref text not null,
  head_sha text not null,
  draft integer not null,
  maintainer_can_modify integer not null default 0,
  merged_at integer,
  merged_by integer,
  merge_sha text,
  mergeable integer,
  is_behind integer not null default 0,
  commits integer not null default 0,
  additions integer not null default 0,
  deletions integer not null default 0,
  changed_files integer not null default 0
) strict;
create index if not exists pulls_by_head on pulls (head_repository_id, head_ref);
create table if not exists requested_reviewers (
  pull_id integer not null references pulls on delete cascade,
  user_id integer not null references accounts on delete cascade,
  primary key (pull_id, user_id)
) strict, without rowid;
create table if not exists reviews (
  id integer primary key autoincrement,
  pull_id integer not null references pulls on delete cascade,
  author_id integer not null references accounts,
  body text not null,
  state text not null check (state in ('PENDING', 'COMMENTED', 'APPROVED', 'CHANGES_REQUESTED', 'DISMISSED')),
  commit_id text not null,
  submitted_at integer,
  updated_at integer not null
) strict;
create index if not exists reviews_by_pull on reviews (pull_id, id);
create table if not exists review_comments (
  id integer primary key autoincrement,
  pull_id integer not null references pulls on delete cascade,
  review_id integer references reviews on delete cascade,
  reply_to integer,
  author_id integer not null references accounts,
  body text not null,
  path text not null,
  commit_id text not null,
  diff_hunk text not null,
  line integer,
  side text not null,
  start_line integer,
  start_side text,
  subject_type text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
create index if not exists review_comments_by_pull on review_comments (pull_id, id);
`

/** What a pull request has beside its issue. The numbers are what git said when a branch last moved. */
export const Pull = z.object({
  id: z.number(),
  issue_id: z.number(),
  base_ref: z.string(),
  base_sha: z.string(),
  head_repository_id: z.number().nullable(),
  head_owner_id: z.number(),
  head_ref: z.string(),
  head_sha: z.string(),
  draft: flag,
  maintainer_can_modify: flag,
  merged_at: z.number().nullable(),
  merged_by: z.number().nullable(),
  merge_sha: z.string().nullable(),
  mergeable: flag.nullable(),
  is_behind: flag,
  commits: z.number(),
  additions: z.number(),
  deletions: z.number(),
  changed_files: z.number(),
})
export type Pull = z.infer<typeof Pull>

export const Review = z.object({
  id: z.number(),
  pull_id: z.number(),
  author_id: z.number(),
  body: z.string(),
  state: z.enum(['PENDING', 'COMMENTED', 'APPROVED', 'CHANGES_REQUESTED', 'DISMISSED']),
  commit_id: z.string(),
  submitted_at: z.number().nullable(),
  updated_at: z.number(),
})
export type Review = z.infer<typeof Review>

export const ReviewComment = z.object({
  id: z.number(),
  pull_id: z.number(),
  review_id: z.number().nullable(),
  reply_to: z.number().nullable(),
  author_id: z.number(),
  body: z.string(),
  path: z.string(),
  commit_id: z.string(),
  diff_hunk: z.string(),
  line: z.number().nullable(),
  side: z.string(),
  start_line: z.number().nullable(),
  start_side: z.string().nullable(),
  subject_type: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type ReviewComment = z.infer<typeof ReviewComment>
