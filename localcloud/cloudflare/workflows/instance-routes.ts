import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'hono'
import { z } from 'zod'
import { parseJson, readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, pageOf } from '../pages.ts'
import { conduct } from './conducting.ts'
import { instanceWith, instancesOf, isOver } from './engine.ts'
import type { Instance } from './engine.ts'
import * as refusals from './errors.ts'
import { detailsOf, timesOf } from './journal.ts'
import * as queries from './queries.ts'
import { Change, Ids, NewInstance, NewInstances, Unwanted } from './schema.ts'
import type { Workflow } from './schema.ts'

const base = '/accounts/:account/workflows/:name/instances'
const one = { info: pageInfo({ page: 1, perPage: 1, limit: 1, offset: 0 }, 1, 1) }

/** Instances: those that the API made and those that a script made. */
export function instanceRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  const workflowIn = (c: Context): Workflow => queries.workflowOf(store, c.req.param('name') ?? '')
  // Some clients ask with a slash at the end.
  for (const path of [base, `${base}/`]) api.get(path, (c) => listed(c, cloud, workflowIn(c)))
  api.post(base, async (c) =>
    ok(await create(cloud, workflowIn(c), await readJson(c, NewInstance, refusals.badBody)), one),
  )
  api.post(`${base}/batch`, async (c) => {
    const workflow = workflowIn(c)
    const wanted = await readJson(c, NewInstances, refusals.badBody)
    for (const { instance_id: id } of wanted)
      if (id && isThere(cloud, workflow.name, id)) throw refusals.instanceExists()
    return ok(await Promise.all(wanted.map((instance) => create(cloud, workflow, instance))), one)
  })
  batchRoutes(api, cloud)
  api.get(`${base}/:id`, (c) => {
    const workflow = workflowIn(c)
    const instance = found(cloud, workflow.name, c.req.param('id'))
    const details: object = { ...detailsOf(instance), versionId: workflow.details.versions.at(-1)?.id ?? '' }
    return ok(c.req.query('simple') === 'true' ? { ...details, steps: [] } : details, one)
  })
  actRoutes(api, cloud)
}

function batchRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.post(`${base}/batch/terminate`, async (c) => {
    const { name } = queries.workflowOf(store, c.req.param('name'))
    const ids = await readJson(c, Ids, refusals.badBody)
    const ended = await Promise.allSettled(ids.map((id) => terminate(cloud, name, id)))
    return ok({ instancesTerminated: ended.filter(({ status }) => status === 'fulfilled').length, status: 'ok' }, one)
  })
  api.post(`${base}/batch/delete`, async (c) => {
    const { name } = queries.workflowOf(store, c.req.param('name'))
    const { instances } = await readJson(c, Unwanted, refusals.badBody)
    const known = instances.filter((id) => isThere(cloud, name, id))
    await Promise.all(known.map((id) => remove(cloud, name, id)))
    const unknown = instances.filter((id) => !known.includes(id))
    const errors = unknown.map((id) => ({ id, code: 10_400, message: 'workflows.api.error.instance.not_found' }))
    return ok({ deleted: known.map((id) => ({ id })), errors }, one)
  })
  api.get(`${base}/terminate`, (c) => {
    queries.workflowOf(store, c.req.param('name'))
    return ok({ status: 'not_running' }, one)
  })
  api.put(`${base}/terminate`, async (c) => {
    const { name } = queries.workflowOf(store, c.req.param('name'))
    const alive = visible(cloud, name, instancesOf(cloud, name)).filter(({ status }) => !isOver(status))
    await Promise.allSettled(alive.map(({ id }) => terminate(cloud, name, id)))
    return ok({ status: 'ok' }, one)
  })
}

function actRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  const find = (c: Context): [string, Instance] => {
    const { name } = queries.workflowOf(store, c.req.param('name') ?? '')
    return [name, found(cloud, name, c.req.param('id') ?? '')]
  }
  api.delete(`${base}/:id`, async (c) => {
    const [name, { id }] = find(c)
    await remove(cloud, name, id)
    return ok({ instanceId: id, timestamp: new Date(cloud.now()).toISOString() }, one)
  })
  api.patch(`${base}/:id/status`, async (c) => {
    const [name, instance] = find(c)
    const change = await readJson(c, Change, refusals.badBody)
    await apply(cloud, name, instance, change)
    const { status } = found(cloud, name, instance.id)
    return ok({ status, timestamp: new Date(cloud.now()).toISOString() }, one)
  })
  api.post(`${base}/:id/events/:type`, async (c) => {
    const [workflow, { id }] = find(c)
    const text = await c.req.text()
    const payload = text === '' ? null : parseJson(text, z.unknown(), refusals.badBody)
    await conduct(cloud, { workflow, id, act: 'send', type: c.req.param('type'), payload })
    return ok(null, one)
  })
  api.get(`${base}/:id/step`, (c) => {
    const [, instance] = find(c)
    const { steps }: { steps?: { name: string; type: string; output?: unknown; error?: unknown }[] } =
      detailsOf(instance)
    const step = steps?.find(({ name, type }) => name === c.req.query('name') && type === c.req.query('type'))
    if (!step) throw refusals.noInstance()
    return ok({ status: instance.status, output: step.output ?? null, error: step.error ?? null }, one)
  })
}

async function apply(cloud: Cloud, workflow: string, { id, status }: Instance, change: Change): Promise<void> {
  if (change.status === 'terminate') return terminate(cloud, workflow, id)
  if (change.status === 'restart') {
    const options = change.from ? { options: { from: change.from } } : {}
    return conduct(cloud, { workflow, id, act: 'restart', ...options })
  }
  if (isOver(status)) throw refusals.cannotChange()
  return conduct(cloud, { workflow, id, act: change.status })
}

async function terminate(cloud: Cloud, workflow: string, id: string): Promise<void> {
  if (isOver(found(cloud, workflow, id).status)) throw refusals.cannotTerminate()
  await conduct(cloud, { workflow, id, act: 'terminate' })
}

/** The engine keeps a deleted instance until it starts anew; until then it is hidden. */
async function remove(cloud: Cloud, workflow: string, id: string): Promise<void> {
  if (!isOver(found(cloud, workflow, id).status)) await terminate(cloud, workflow, id)
  queries.noteDeletion(cloud.store, workflow, id)
}

async function create(
  cloud: Cloud,
  { id: workflow_id, name, details }: Workflow,
  wanted: NewInstance,
): Promise<object> {
  const id = wanted.instance_id ?? randomUUID()
  if (isThere(cloud, name, id) || queries.deletionsOf(cloud.store, name).some(({ instance }) => instance === id)) {
    throw refusals.instanceExists()
  }
  await conduct(cloud, { workflow: name, id, act: 'create', params: paramsIn(wanted.params) })
  await untilWritten(cloud, name, id)
  return { id, status: 'queued', version_id: details.versions.at(-1)?.id ?? '', workflow_id, trigger_source: 'api' }
}

/** The engine answers before it has written anything: who has made an instance must find it. */
async function untilWritten(cloud: Cloud, workflow: string, id: string): Promise<void> {
  for (let tries = 0; tries < 200 && !instanceWith(cloud, workflow, id); tries += 1) await pause(10)
}

/** Parameters come as JSON in a text, or as they are. */
function paramsIn(params: unknown): unknown {
  if (typeof params !== 'string') return params ?? {}
  try {
    return JSON.parse(params)
  } catch {
    return params
  }
}

function isThere(cloud: Cloud, workflow: string, id: string): boolean {
  const instance = instanceWith(cloud, workflow, id)
  return instance !== null && visible(cloud, workflow, [instance]).length > 0
}

function found(cloud: Cloud, workflow: string, id: string): Instance {
  const instance = instanceWith(cloud, workflow, id)
  if (!instance || visible(cloud, workflow, [instance]).length === 0) throw refusals.noInstance()
  return instance
}

/** Instances without those that were deleted. */
export function visible({ store }: Cloud, workflow: string, instances: readonly Instance[]): Instance[] {
  const gone = new Set(queries.deletionsOf(store, workflow).map(({ instance }) => instance))
  return instances.filter(({ id }) => !gone.has(id))
}

function listed(c: Context, cloud: Cloud, workflow: Workflow): Response {
  const { status, direction, date_start: from = '', date_end: until = '~' } = c.req.query()
  const instances = visible(cloud, workflow.name, instancesOf(cloud, workflow.name))
    .filter((instance) => status === undefined || instance.status === status)
    .filter(({ createdOn }) => createdOn >= from && createdOn <= until)
    .toSorted((a, b) => (direction === 'asc' ? 1 : -1) * a.createdOn.localeCompare(b.createdOn))
  const { result, info } = pageOf(c, instances, { usual: 50, most: 100 })
  return ok(
    result.map((instance) => {
      const { start, end, modified } = timesOf(instance)
      return {
        id: instance.id,
        created_on: instance.createdOn,
        modified_on: modified,
        started_on: start,
        ended_on: isOver(instance.status) ? end : null,
        status: instance.status,
        trigger_source: 'api',
        version_id: workflow.details.versions.at(-1)?.id ?? '',
        workflow_id: workflow.id,
      }
    }),
    { info },
  )
}
