import { z } from 'zod'
import type { Store, Tables } from '../store.ts'

/** Databases, namespaces and buckets: what the runtime binds. Their products own everything else about them. */
export const resourceTables: Tables = {
  product: 'resources',
  history: [
    `create table d1_databases (
      id text primary key, name text not null unique, created_at integer not null, details text not null default '{}'
    ) strict;
    create table kv_namespaces (
      id text primary key, title text not null unique, created_at integer not null
    ) strict;
    create table r2_buckets (
      name text primary key, created_at integer not null, details text not null default '{}'
    ) strict;
    create table queues (
      id text primary key, name text not null unique, created_at integer not null, modified_at integer not null,
      delivery_delay integer not null default 0, is_paused integer not null default 0,
      retention_seconds integer not null default 345600
    ) strict;
    create table queue_consumers (
      id text primary key, queue_id text not null references queues (id) on delete cascade,
      type text not null check (type in ('worker', 'http_pull')), script text, settings text not null default '{}',
      dead_letter_queue text, created_at integer not null
    ) strict;
    create table queue_messages (
      id text primary key, queue_id text not null references queues (id) on delete cascade, body blob not null,
      content_type text not null, sent_at integer not null, visible_at integer not null,
      attempts integer not null default 0, lease text
    ) strict;
    create index queue_messages_due on queue_messages (queue_id, visible_at);
    create table secrets_stores (
      id text primary key, name text not null unique, created_at integer not null, modified_at integer not null
    ) strict;
    create table store_secrets (
      id text primary key, store_id text not null references secrets_stores (id) on delete cascade, name text not null,
      value text not null, scopes text not null, comment text, status text not null default 'active',
      created_at integer not null, modified_at integer not null, unique (store_id, name)
    ) strict;
    create table workflows (
      id text primary key, name text not null unique, script_name text not null, class_name text not null,
      created_at integer not null, modified_at integer not null, details text not null default '{}'
    ) strict;
    create table dispatch_namespaces (
      id text primary key, name text not null unique, created_at integer not null, modified_at integer not null,
      details text not null default '{}'
    ) strict;`,
  ],
}

const Id = z.object({ id: z.string() }).transform(({ id }) => id)

/** A secret's value, for the bindings that read it. */
export function secretIn(store: Store, storeId: string, name: string): string | null {
  const sql = 'select value as id from store_secrets where store_id = ? and name = ?'
  return store.get(Id, sql, storeId, name)
}

export function insertDatabase(store: Store, id: string, name: string, at: number): void {
  store.run('insert into d1_databases (id, name, created_at) values (?, ?, ?)', id, name, at)
}

export function insertNamespace(store: Store, id: string, title: string, at: number): void {
  store.run('insert into kv_namespaces (id, title, created_at) values (?, ?, ?)', id, title, at)
}

export function insertBucket(store: Store, name: string, at: number): void {
  store.run('insert into r2_buckets (name, created_at) values (?, ?)', name, at)
}
