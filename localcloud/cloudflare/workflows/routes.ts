import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, pageOf } from '../pages.ts'
import { exportsOf } from '../runtime/plan.ts'
import { sweepInstances } from './conducting.ts'
import { forget, instancesOf, statuses } from './engine.ts'
import * as refusals from './errors.ts'
import { instanceRoutes, visible } from './instance-routes.ts'
import * as queries from './queries.ts'
import { Name, Settings, WorkflowBody } from './schema.ts'
import type { Workflow } from './schema.ts'
import { versionRoutes } from './version-routes.ts'

/** Workflows and their instances, which run in the runtime's own engine. */
export const workflowsProduct: Product = { tables: queries.workflowTables, routes, start: sweepInstances }

const base = '/accounts/:account/workflows'
const one = { info: pageInfo({ page: 1, perPage: 1, limit: 1, offset: 0 }, 1, 1) }

function routes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(base, (c) => {
    const search = c.req.query('search') ?? ''
    const found = queries.allWorkflows(store).filter(({ name }) => name.includes(search))
    const { result, info } = pageOf(c, found, { usual: 10, most: 100 })
    return ok(
      result.map((workflow) => shown(cloud, workflow)),
      { info },
    )
  })
  api.get(`${base}/settings`, () => ok({ default_retention: {}, ...queries.settingsOf(store) }, one))
  api.patch(`${base}/settings`, async (c) => {
    const settings = await readJson(c, Settings, refusals.badBody)
    queries.keepSettings(store, { ...queries.settingsOf(store), ...settings })
    return ok({ default_retention: {}, ...queries.settingsOf(store) }, one)
  })
  workflowRoutes(api, cloud)
  versionRoutes(api, cloud)
  instanceRoutes(api, cloud)
}

function workflowRoutes(api: Api, cloud: Cloud): void {
  const { store, now, runtime } = cloud
  api.get(`${base}/:name`, (c) => ok(shown(cloud, queries.workflowOf(store, c.req.param('name'))), one))
  api.put(`${base}/:name`, async (c) => {
    const name = Name.safeParse(c.req.param('name'))
    if (!name.success) throw refusals.badBody()
    const body = await readJson(c, WorkflowBody, refusals.badBody)
    const running = runtime.plan.scripts.get(body.script_name)
    if (!running || !exportsOf(running).includes(body.class_name)) throw refusals.noScript()
    store.transaction(() => queries.putWorkflow(store, name.data, body, running.version.id, now()))
    await runtime.apply()
    const workflow = queries.workflowOf(store, name.data)
    const version_id = workflow.details.versions.at(-1)?.id
    return ok({ ...plain(workflow), version_id, is_deleted: 0, terminator_running: 0, triggered_on: null }, one)
  })
  api.delete(`${base}/:name`, async (c) => {
    const { name } = queries.workflowOf(store, c.req.param('name'))
    store.transaction(() => queries.removeWorkflow(store, name))
    await runtime.apply()
    forget(cloud, name, null)
    return ok({ status: 'ok', success: null }, one)
  })
}

function plain({ id, name, script_name, class_name, created_at, modified_at }: Workflow): object {
  return {
    id,
    name,
    script_name,
    class_name,
    created_on: new Date(created_at).toISOString(),
    modified_on: new Date(modified_at).toISOString(),
  }
}

const Times = z.array(z.string()).transform((times) => times.toSorted().at(-1) ?? null)

function shown(cloud: Cloud, workflow: Workflow): object {
  const instances = visible(cloud, workflow.name, instancesOf(cloud, workflow.name))
  const counts = [...statuses, 'rollingBack'].map((status) => [
    status,
    instances.filter((instance) => instance.status === status).length,
  ])
  const { schedules = [] } = workflow.details
  return {
    ...plain(workflow),
    triggered_on: Times.parse(instances.map(({ createdOn }) => createdOn)),
    instances: Object.fromEntries(counts),
    schedules: schedules.map(({ cron }) => ({ cron, next_instance: '' })),
  }
}
