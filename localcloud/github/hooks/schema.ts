import { z } from 'zod'
import { flag, json } from '../platform/store.ts'

export const tables = `
create table if not exists hooks (
  id integer primary key autoincrement,
  repository_id integer references repositories on delete cascade,
  organization_id integer references accounts on delete cascade,
  active integer not null,
  events text not null,
  url text not null,
  content_type text not null check (content_type in ('json', 'form')),
  secret text,
  insecure_ssl integer not null,
  last_code integer,
  last_status text not null default 'unused',
  last_message text,
  created_at integer not null,
  updated_at integer not null,
  check ((repository_id is null) <> (organization_id is null))
) strict;
create table if not exists events (
  id integer primary key autoincrement,
  guid text not null unique,
  name text not null,
  action text,
  repository_id integer,
  organization_id integer,
  actor_id integer not null,
  body text not null,
  created_at integer not null
) strict;
create index if not exists events_by_repository on events (repository_id, id);
create index if not exists events_by_time on events (created_at);
create table if not exists deliveries (
  id integer primary key autoincrement,
  hook_id integer not null references hooks on delete cascade,
  event_id integer not null references events on delete cascade,
  redelivery integer not null,
  due_at integer not null,
  copies integer not null default 1,
  lose integer not null default 0,
  delivered_at integer,
  duration real,
  status text,
  status_code integer,
  url text,
  request_headers text,
  response_headers text,
  response_body text,
  created_at integer not null
) strict;
create index if not exists deliveries_due on deliveries (due_at) where delivered_at is null;
create index if not exists deliveries_by_hook on deliveries (hook_id, id);
create index if not exists deliveries_by_time on deliveries (created_at);
create index if not exists deliveries_by_event on deliveries (event_id);
`

export const Hook = z.object({
  id: z.number(),
  repository_id: z.number().nullable(),
  organization_id: z.number().nullable(),
  active: flag,
  events: json(z.array(z.string())),
  url: z.string(),
  content_type: z.enum(['json', 'form']),
  secret: z.string().nullable(),
  insecure_ssl: flag,
  last_code: z.number().nullable(),
  last_status: z.string(),
  last_message: z.string().nullable(),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Hook = z.infer<typeof Hook>

/** What happened: its body is written once, and every hook gets the same one under the same `guid`. */
export const Event = z.object({
  id: z.number(),
  guid: z.string(),
  name: z.string(),
  action: z.string().nullable(),
  repository_id: z.number().nullable(),
  organization_id: z.number().nullable(),
  actor_id: z.number(),
  body: z.string(),
  created_at: z.number(),
})
export type Event = z.infer<typeof Event>

const headers = json(z.record(z.string(), z.string())).nullable()

/** One event on its way to one hook, or there. */
export const Delivery = z.object({
  id: z.number(),
  hook_id: z.number(),
  event_id: z.number(),
  redelivery: flag,
  copies: z.number(),
  lose: flag,
  delivered_at: z.number().nullable(),
  duration: z.number().nullable(),
  status: z.string().nullable(),
  status_code: z.number().nullable(),
  url: z.string().nullable(),
  request_headers: headers,
  response_headers: headers,
  response_body: z.string().nullable(),
})
export type Delivery = z.infer<typeof Delivery>
