import { newId } from '../identity/tables.ts'
import type { Store, Tables } from '../store.ts'
import { noRecord, noZone } from './errors.ts'
import { Domain, Record, Route, Zone } from './schema.ts'

export const zoneTables: Tables = {
  product: 'zones',
  history: [
    `create table zones (
      id text primary key, name text not null unique, type text not null, is_paused integer not null default 0,
      created_at integer not null, modified_at integer not null
    ) strict;
    create table dns_records (
      id text primary key, zone_id text not null references zones (id) on delete cascade, name text not null,
      type text not null, content text not null, ttl integer not null, is_proxied integer not null, priority real,
      comment text, tags text not null, data text, created_at integer not null, modified_at integer not null
    ) strict;
    create index dns_records_by_name on dns_records (zone_id, name);
    create table worker_routes (
      id text primary key, zone_id text not null references zones (id) on delete cascade, pattern text not null unique,
      script text
    ) strict;
    create table worker_domains (
      id text primary key, zone_id text not null references zones (id) on delete cascade, hostname text not null unique,
      service text not null, environment text not null
    ) strict;`,
  ],
}

const zoneColumns = 'id, name, type, is_paused, created_at, modified_at'

export function zoneOf(store: Store, id: string): Zone {
  const found = store.get(Zone, `select ${zoneColumns} from zones where id = ?`, id)
  if (!found) throw noZone()
  return found
}

export function allZones(store: Store): Zone[] {
  return store.all(Zone, `select ${zoneColumns} from zones order by name`)
}

/** The zone that a hostname belongs to: the longest name that it ends with. */
export function zoneFor(store: Store, hostname: string): Zone | null {
  const zones = allZones(store).filter(({ name }) => hostname === name || hostname.endsWith(`.${name}`))
  return zones.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null
}

export function addZone(store: Store, name: string, type: string, at: number): string {
  const id = newId()
  const sql = 'insert into zones (id, name, type, created_at, modified_at) values (?, ?, ?, ?, ?)'
  store.run(sql, id, name, type, at, at)
  return id
}

const recordColumns = `id, zone_id, name, type, content, ttl, is_proxied, priority, comment, tags, data, created_at,
  modified_at`

export function recordOf(store: Store, zone: string, id: string): Record {
  const sql = `select ${recordColumns} from dns_records where zone_id = ? and id = ?`
  const found = store.get(Record, sql, zone, id)
  if (!found) throw noRecord()
  return found
}

export function recordsOf(store: Store, zone: string): Record[] {
  const sql = `select ${recordColumns} from dns_records where zone_id = ? order by name, type, created_at, id`
  return store.all(Record, sql, zone)
}

/** Stores a record as it is to be, new or not. */
export function keepRecord(store: Store, record: Record): void {
  const { is_proxied: proxied, tags, data } = record
  store.run(
    `insert into dns_records (${recordColumns}) values (:id, :zone_id, :name, :type, :content, :ttl, :is_proxied,
      :priority, :comment, :tags, :data, :created_at, :modified_at)
      on conflict (id) do update set name = :name, type = :type, content = :content, ttl = :ttl,
      is_proxied = :is_proxied, priority = :priority, comment = :comment, tags = :tags, data = :data,
      modified_at = :modified_at`,
    { ...record, is_proxied: Number(proxied), tags: JSON.stringify(tags), data: data && JSON.stringify(data) },
  )
}

const routeColumns = 'id, zone_id, pattern, script'

export function allRoutes(store: Store): Route[] {
  return store.all(Route, `select ${routeColumns} from worker_routes order by pattern`)
}

export function keepRoute(store: Store, { id, zone_id, pattern, script }: Route): void {
  store.run(
    `insert into worker_routes (${routeColumns}) values (:id, :zone_id, :pattern, :script)
      on conflict (id) do update set pattern = :pattern, script = :script`,
    { id, zone_id, pattern, script },
  )
}

const domainsSql = `select d.id, d.zone_id, z.name as zone_name, d.hostname, d.service, d.environment
  from worker_domains as d join zones as z on z.id = d.zone_id`

export function allDomains(store: Store): Domain[] {
  return store.all(Domain, `${domainsSql} order by d.hostname`)
}

export function domainAt(store: Store, hostname: string): Domain | null {
  return store.get(Domain, `${domainsSql} where d.hostname = ?`, hostname)
}

/** Gives a hostname to a Worker; it keeps its identifier when it had another one before. */
export function keepDomain(store: Store, zone: string, hostname: string, service: string, environment: string): void {
  const sql = `insert into worker_domains (id, zone_id, hostname, service, environment) values (?, ?, ?, ?, ?)
    on conflict (hostname) do update set service = excluded.service, environment = excluded.environment`
  store.run(sql, newId(), zone, hostname, service, environment)
}

export function removeFrom(
  store: Store,
  table: 'zones' | 'dns_records' | 'worker_routes' | 'worker_domains',
  id: string,
): void {
  const texts = {
    zones: 'delete from zones where id = ?',
    dns_records: 'delete from dns_records where id = ?',
    worker_routes: 'delete from worker_routes where id = ?',
    worker_domains: 'delete from worker_domains where id = ?',
  }
  store.run(texts[table], id)
}
