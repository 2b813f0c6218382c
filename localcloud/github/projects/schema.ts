import { z } from 'zod'
import { flag, json } from '../platform/store.ts'

export const tables = `
create table if not exists projects (
  id integer primary key autoincrement,
  owner_id integer not null references accounts on delete cascade,
  number integer not null,
  title text not null,
  short_description text,
  readme text,
  public integer not null default 0,
  closed_at integer,
  creator_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null,
  unique (owner_id, number)
) strict;
create table if not exists project_numbers (
  owner_id integer primary key references accounts on delete cascade,
  last integer not null
) strict;
create table if not exists project_repositories (
  project_id integer not null references projects on delete cascade,
  repository_id integer not null references repositories on delete cascade,
  primary key (project_id, repository_id)
) strict, without rowid;
create table if not exists project_fields (
  id integer primary key autoincrement,
  project_id integer not null references projects on delete cascade,
  name text not null collate nocase,
  type text not null,
  position integer not null,
  options text not null default '[]',
  iterations text not null default 'null',
  created_at integer not null,
  updated_at integer not null,
  unique (project_id, name)
) strict;
create table if not exists project_items (
  id integer primary key autoincrement,
  project_id integer not null references projects on delete cascade,
  issue_id integer references issues on delete cascade,
  draft text,
  position integer not null,
  archived_at integer,
  creator_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null,
  unique (project_id, issue_id),
  check ((issue_id is null) <> (draft is null))
) strict;
create index if not exists project_items_by_position on project_items (project_id, position);
create index if not exists project_items_by_issue on project_items (issue_id) where issue_id is not null;
create table if not exists project_values (
  id integer primary key autoincrement,
  item_id integer not null references project_items on delete cascade,
  field_id integer not null references project_fields on delete cascade,
  value text not null,
  creator_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null,
  unique (item_id, field_id)
) strict;
create index if not exists project_values_by_field on project_values (field_id);
create table if not exists project_workflows (
  id integer primary key autoincrement,
  project_id integer not null references projects on delete cascade,
  number integer not null,
  name text not null,
  created_at integer not null,
  unique (project_id, number)
) strict;
`

export const Project = z.object({
  id: z.number(),
  owner_id: z.number(),
  number: z.number(),
  title: z.string(),
  short_description: z.string().nullable(),
  readme: z.string().nullable(),
  public: flag,
  closed_at: z.number().nullable(),
  creator_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Project = z.infer<typeof Project>

export const colors = ['GRAY', 'BLUE', 'GREEN', 'YELLOW', 'ORANGE', 'RED', 'PINK', 'PURPLE'] as const

export const Option = z.object({
  id: z.string(),
  name: z.string(),
  color: z.enum(colors),
  description: z.string(),
})
export type Option = z.infer<typeof Option>
export type NewOption = Omit<Option, 'id'>

/** Days are counted from 1970; they have no time zone. */
export const Iteration = z.object({
  id: z.string(),
  title: z.string(),
  start_date: z.string(),
  duration: z.number(),
})
export const Iterations = z.object({ start_day: z.number(), duration: z.number(), list: z.array(Iteration) })
export type Iterations = z.infer<typeof Iterations>

/** What somebody may add to a project, and set on its items. */
export const customTypes = ['TEXT', 'NUMBER', 'DATE', 'SINGLE_SELECT', 'ITERATION'] as const
export type CustomType = (typeof customTypes)[number]

export const fieldTypes = [
  ...customTypes,
  'TITLE',
  'ASSIGNEES',
  'LABELS',
  'LINKED_PULL_REQUESTS',
  'MILESTONE',
  'REPOSITORY',
  'REVIEWERS',
  'PARENT_ISSUE',
  'SUB_ISSUES_PROGRESS',
] as const
export type FieldType = (typeof fieldTypes)[number]

export const Field = z.object({
  id: z.number(),
  project_id: z.number(),
  name: z.string(),
  type: z.enum(fieldTypes),
  position: z.number(),
  options: json(z.array(Option)),
  iterations: json(Iterations.nullable()),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Field = z.infer<typeof Field>

export const Draft = z.object({ title: z.string(), body: z.string(), assignees: z.array(z.number()) })
export type Draft = z.infer<typeof Draft>

export const Item = z.object({
  id: z.number(),
  project_id: z.number(),
  issue_id: z.number().nullable(),
  draft: json(Draft).nullable(),
  position: z.number(),
  archived_at: z.number().nullable(),
  creator_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Item = z.infer<typeof Item>

/** What an item says in one field: exactly one of these. */
export const Content = z.union([
  z.object({ text: z.string() }),
  z.object({ number: z.number() }),
  z.object({ date: z.string() }),
  z.object({ option: z.string() }),
  z.object({ iteration: z.string() }),
])
export type Content = z.infer<typeof Content>

export const Value = z.object({
  id: z.number(),
  item_id: z.number(),
  field_id: z.number(),
  value: json(Content),
  creator_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Value = z.infer<typeof Value>

export const Workflow = z.object({
  id: z.number(),
  project_id: z.number(),
  number: z.number(),
  name: z.string(),
  created_at: z.number(),
})
export type Workflow = z.infer<typeof Workflow>
