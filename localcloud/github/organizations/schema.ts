import { z } from 'zod'

export const tables = `
create table if not exists teams (
  id integer primary key autoincrement,
  organization_id integer not null references accounts on delete cascade,
  slug text not null collate nocase,
  name text not null,
  description text,
  privacy text not null check (privacy in ('closed', 'secret')),
  created_at integer not null,
  updated_at integer not null,
  unique (organization_id, slug)
) strict;
create table if not exists team_members (
  team_id integer not null references teams on delete cascade,
  user_id integer not null references accounts on delete cascade,
  role text not null check (role in ('member', 'maintainer')),
  primary key (team_id, user_id)
) strict, without rowid;
create table if not exists team_repositories (
  team_id integer not null references teams on delete cascade,
  repository_id integer not null references repositories on delete cascade,
  permission text not null,
  primary key (team_id, repository_id)
) strict, without rowid;
`

export const Team = z.object({
  id: z.number(),
  organization_id: z.number(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  privacy: z.enum(['closed', 'secret']),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Team = z.infer<typeof Team>

/** A team's name as addresses write it. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
}
