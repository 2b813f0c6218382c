import { isIPv4, isIPv6 } from 'node:net'
import type { Context } from 'hono'
import { z } from 'zod'
import { parseJson, readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { newId } from '../identity/tables.ts'
import { pageOf } from '../pages.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { RecordBody } from './schema.ts'
import type { Record, Zone } from './schema.ts'

const base = '/zones/:zone/dns_records'

/** Records of a zone: kept, checked and given back. Nobody resolves them. */
export function dnsRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  const zoneIn = (c: Context): Zone => queries.zoneOf(store, c.req.param('zone') ?? '')
  api.get(base, (c) => {
    const { result, info } = pageOf(c, wantedOf(c, queries.recordsOf(store, zoneIn(c).id)), { usual: 100, most: 5000 })
    return ok(result.map(shown), { info })
  })
  api.post(base, async (c) => {
    const zone = zoneIn(c)
    const body = await readJson(c, RecordBody, refusals.badRecord)
    return ok(shown(keep(cloud, zone, recordFrom(zone, body, { id: newId(), created_at: now() }, now()))))
  })
  api.get(`${base}/:record`, (c) => ok(shown(queries.recordOf(store, zoneIn(c).id, c.req.param('record')))))
  for (const method of ['put', 'patch'] as const) {
    api.on(method, `${base}/:record`, async (c) => {
      const zone = zoneIn(c)
      const known = queries.recordOf(store, zone.id, c.req.param('record') ?? '')
      const sent = parseJson(await c.req.text(), z.record(z.string(), z.unknown()), refusals.badRecord)
      const merged = method === 'patch' ? { ...plain(known), ...sent } : sent
      const body = parseJson(JSON.stringify(merged), RecordBody, refusals.badRecord)
      return ok(shown(keep(cloud, zone, recordFrom(zone, body, known, now()))))
    })
  }
  api.delete(`${base}/:record`, (c) => {
    const { id } = queries.recordOf(store, zoneIn(c).id, c.req.param('record'))
    queries.removeFrom(store, 'dns_records', id)
    return ok({ id })
  })
}

/** Filters: an exact value, or `.exact`, `.contains`, `.startswith`, `.endswith` of one. */
function wantedOf(c: Context, records: readonly Record[]): Record[] {
  const tests: { [end: string]: (value: string, wanted: string) => boolean } = {
    exact: (value, wanted) => value === wanted,
    contains: (value, wanted) => value.includes(wanted),
    startswith: (value, wanted) => value.startsWith(wanted),
    endswith: (value, wanted) => value.endsWith(wanted),
  }
  const filters = Object.entries(c.req.query()).flatMap(([key, wanted]) => {
    const [, name, end = 'exact'] = /^(name|content|type|comment)(?:\.(\w+))?$/.exec(key) ?? []
    const test = tests[end]
    return name && test ? [(record: Record) => test(String(Object(record)[name] ?? ''), wanted)] : []
  })
  return records.filter((record) => filters.every((filter) => filter(record)))
}

/** A short name is below the zone, `@` is the zone itself. */
function fullName(name: string, zone: string): string {
  const lower = name.toLowerCase().replace(/\.$/, '')
  if (lower === '@' || lower === zone) return zone
  return lower.endsWith(`.${zone}`) ? lower : `${lower}.${zone}`
}

const proxiable = ['A', 'AAAA', 'CNAME']

function recordFrom(zone: Zone, body: RecordBody, known: Pick<Record, 'id' | 'created_at'>, at: number): Record {
  const { type, ttl, proxied, priority = null, comment = null, tags, data = null } = body
  const content = body.content ?? contentOf(body.data)
  prove(body, content)
  return {
    id: known.id,
    zone_id: zone.id,
    name: fullName(body.name, zone.name),
    type,
    content,
    ttl: proxied ? 1 : Math.floor(ttl),
    is_proxied: proxied,
    priority,
    comment,
    tags,
    data,
    created_at: known.created_at,
    modified_at: at,
  }
}

/** Records of parts have a content too: their values, one after another. */
function contentOf(data: RecordBody['data']): string {
  if (!data) throw refusals.badRecord('content is required')
  return Object.values(data).map(String).join(' ')
}

function prove({ type, ttl, proxied }: RecordBody, content: string): void {
  const wanted = contents[type]
  if (content === '') throw refusals.badContent(type, 'given')
  if (wanted && !wanted.test(content)) throw refusals.badContent(type, wanted.words)
  if (ttl !== 1 && (ttl < 60 || ttl > 86_400)) throw refusals.badTtl()
  if (proxied && !proxiable.includes(type)) throw refusals.notProxiable(type)
}

const hostname = { words: 'a valid hostname', test: (text: string) => /^(\.|[a-z0-9_*@.-]+)$/i.test(text) }
const contents: { [type: string]: { words: string; test: (text: string) => boolean } } = {
  A: { words: 'a valid IPv4 address', test: isIPv4 },
  AAAA: { words: 'a valid IPv6 address', test: isIPv6 },
  CNAME: hostname,
  MX: hostname,
  NS: hostname,
  PTR: hostname,
}

function keep({ store }: Cloud, zone: Zone, record: Record): Record {
  return store.transaction(() => {
    const others = queries.recordsOf(store, zone.id).filter(({ id, name }) => name === record.name && id !== record.id)
    const isSame = ({ type, content }: Record) => type === record.type && content === record.content
    if (others.some(isSame)) throw refusals.sameRecord()
    const clashes = ({ type }: Record) =>
      proxiable.includes(type) && proxiable.includes(record.type) && (type === 'CNAME' || record.type === 'CNAME')
    if (others.some(clashes)) throw refusals.hostTaken()
    queries.keepRecord(store, record)
    return record
  })
}

/** A record as a body would give it. */
function plain({ is_proxied: proxied, priority, data, ...record }: Record): object {
  return { ...record, proxied, ...(priority === null ? {} : { priority }), ...(data === null ? {} : { data }) }
}

function shown(record: Record): object {
  const { created_at, modified_at, is_proxied: proxied, priority, data, zone_id: _, ...rest } = record
  return {
    ...rest,
    proxiable: proxiable.includes(record.type),
    proxied,
    ...(priority === null ? {} : { priority }),
    ...(data === null ? {} : { data }),
    settings: {},
    meta: {},
    created_on: new Date(created_at).toISOString(),
    modified_on: new Date(modified_at).toISOString(),
  }
}
