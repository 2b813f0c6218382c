import { z } from 'zod'
import { flag } from '../platform/store.ts'

export const tables = `
create table if not exists releases (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  tag_name text not null,
  target_commitish text not null,
  name text,
  body text,
  draft integer not null,
  prerelease integer not null,
  latest integer not null default 1,
  author_id integer not null references accounts,
  created_at integer not null,
  updated_at integer not null,
  published_at integer
) strict;
create unique index if not exists releases_by_tag on releases (repository_id, tag_name) where draft = 0;
create table if not exists release_assets (
  id integer primary key autoincrement,
  release_id integer not null references releases on delete cascade,
  name text not null,
  label text,
  content_type text not null,
  size integer not null,
  hash text not null,
  uploader_id integer not null references accounts,
  downloads integer not null default 0,
  created_at integer not null,
  updated_at integer not null,
  unique (release_id, name)
) strict;
`

export const Release = z.object({
  id: z.number(),
  repository_id: z.number(),
  tag_name: z.string(),
  target_commitish: z.string(),
  name: z.string().nullable(),
  body: z.string().nullable(),
  draft: flag,
  prerelease: flag,
  latest: flag,
  author_id: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
  published_at: z.number().nullable(),
})
export type Release = z.infer<typeof Release>

export const Asset = z.object({
  id: z.number(),
  release_id: z.number(),
  name: z.string(),
  label: z.string().nullable(),
  content_type: z.string(),
  size: z.number(),
  hash: z.string(),
  uploader_id: z.number(),
  downloads: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Asset = z.infer<typeof Asset>

/** What may be said of a release; what is left out stays. */
export const Wish = z.object({
  tag_name: z.string().optional(),
  target_commitish: z.string().optional(),
  name: z.string().nullish(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
  prerelease: z.boolean().optional(),
  make_latest: z.enum(['true', 'false', 'legacy']).optional(),
})
export type Wish = z.infer<typeof Wish>
