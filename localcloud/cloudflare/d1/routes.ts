import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import { invalid, nameTaken } from './errors.ts'
import { execute, prepared, proveReads } from './execution.ts'
import type { Outcome } from './execution.ts'
import { exportRoutes } from './export-routes.ts'
import { sweepStorages } from './files.ts'
import { importRoutes } from './import-routes.ts'
import * as queries from './queries.ts'
import { Change, FullChange, NewDatabase, Question } from './schema.ts'
import type { Database } from './schema.ts'
import { timeTravelRoutes } from './time-travel-routes.ts'

/** D1: databases, their queries, their files and their past. */
export const d1Product: Product = { tables: queries.d1Tables, routes, start: sweepStorages }

const base = '/accounts/:account/d1/database'

function routes(api: Api, cloud: Cloud): void {
  databaseRoutes(api, cloud)
  changeRoutes(api, cloud)
  queryRoutes(api, cloud)
  importRoutes(api, cloud)
  exportRoutes(api, cloud)
  timeTravelRoutes(api, cloud)
}

function databaseRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  api.get(base, (c) => {
    const page = readPage(c, { usual: 1000, most: 10_000 })
    const [databases, total] = queries.databasesOf(store, c.req.query('name') ?? null, page)
    return ok(databases.map(listed), { info: pageInfo(page, databases.length, total) })
  })
  api.post(base, async (c) => {
    const { name, primary_location_hint: location, jurisdiction, ...rest } = await readJson(c, NewDatabase, invalid)
    const details = { ...(location ? { location } : {}), ...(jurisdiction ? { jurisdiction } : {}), ...rest }
    const id = store.transaction(() => {
      if (queries.isNameTaken(store, name)) throw nameTaken()
      return queries.addDatabase(store, name, details, now())
    })
    const made = queries.databaseOf(store, id)
    return ok({ ...described(made), file_size: 12_288, num_tables: 0 })
  })
  api.get(`${base}/:id`, async (c) => {
    const found = queries.databaseCalled(store, c.req.param('id'))
    const fields = c.req.queries('fields')?.flatMap((list) => list.split(',')) ?? []
    if (fields.length === 0) return ok(await whole(cloud, found))
    const needsCount = fields.some((field) => field === 'file_size' || field === 'num_tables')
    const all = Object.entries(needsCount ? await whole(cloud, found) : described(found))
    return ok(Object.fromEntries(all.filter(([name]) => fields.includes(name))))
  })
  api.delete(`${base}/:id`, (c) => {
    queries.removeDatabase(store, queries.databaseOf(store, c.req.param('id')).id)
    return ok(null)
  })
}

function changeRoutes(api: Api, cloud: Cloud): void {
  const change = async (c: Context, body: typeof Change | typeof FullChange) => {
    const { id, details } = queries.databaseOf(cloud.store, c.req.param('id') ?? '')
    const { read_replication: replication } = await readJson(c, body, invalid)
    if (replication) queries.changeDetails(cloud.store, id, { ...details, read_replication: replication })
    return ok(await whole(cloud, queries.databaseOf(cloud.store, id)))
  }
  api.put(`${base}/:id`, (c) => change(c, FullChange))
  api.patch(`${base}/:id`, (c) => change(c, Change))
}

function queryRoutes(api: Api, cloud: Cloud): void {
  for (const [name, format] of [
    ['query', 'ARRAY_OF_OBJECTS'],
    ['raw', 'ROWS_AND_COLUMNS'],
  ] as const) {
    api.post(`${base}/:id/${name}`, async (c) => {
      const database = queries.databaseOf(cloud.store, c.req.param('id'))
      const statements = prepared(await readJson(c, Question, invalid))
      if (!c.get('holds')(['D1 Write'])) await proveReads(cloud, database, statements)
      const outcomes = await execute(cloud, database, statements, format)
      return ok(outcomes.map((outcome) => shown(outcome, database)))
    })
  }
}

/** An outcome with what a database tells of itself. */
export function shown({ results, meta }: Outcome, { details }: Database): object {
  return {
    results,
    success: true,
    meta: {
      served_by: 'v3-prod',
      served_by_region: (details.location ?? 'weur').toUpperCase(),
      served_by_colo: 'LCL',
      served_by_primary: true,
      timings: { sql_duration_ms: meta.duration },
      ...meta,
      total_attempts: 1,
    },
  }
}

function listed({ id, name, created_at: at, details }: Database): object {
  return {
    uuid: id,
    name,
    version: 'production',
    created_at: new Date(at).toISOString(),
    jurisdiction: details.jurisdiction ?? null,
  }
}

function described(database: Database): object {
  const { read_replication: replication = { mode: 'disabled' }, location = 'weur' } = database.details
  return { ...listed(database), running_in_region: location.toUpperCase(), read_replication: replication }
}

const Count = z.tuple([z.object({ tables: z.number() })])

async function whole(cloud: Cloud, database: Database): Promise<object> {
  const sql = `select count(*) as tables from sqlite_schema where type = 'table' and name not glob 'sqlite_*'
    and name not glob '_cf_*'`
  const [outcome] = await execute(cloud, database, [{ sql, params: [] }])
  const [{ tables }] = Count.parse(outcome?.results)
  return { ...described(database), num_tables: tables, file_size: outcome?.meta.size_after ?? 0 }
}
