import type { Context } from 'hono'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, pageOf } from '../pages.ts'
import { noVersion } from './errors.ts'
import { workflowOf } from './queries.ts'
import type { Version, Workflow } from './schema.ts'

const base = '/accounts/:account/workflows/:name/versions'
const one = { info: pageInfo({ page: 1, perPage: 1, limit: 1, offset: 0 }, 1, 1) }

/** Every deploy of a Workflow. What its code looks like as a graph is not worked out here. */
export function versionRoutes(api: Api, { store }: Cloud): void {
  const find = (c: Context): [Workflow, Version] => {
    const workflow = workflowOf(store, c.req.param('name') ?? '')
    const version = workflow.details.versions.find(({ id }) => id === c.req.param('version'))
    if (!version) throw noVersion()
    return [workflow, version]
  }
  api.get(base, (c) => {
    const workflow = workflowOf(store, c.req.param('name'))
    const versions = workflow.details.versions.toReversed().map((version) => shown(workflow, version))
    const { result, info } = pageOf(c, versions, { usual: 50, most: 100 })
    return ok(result, { info })
  })
  api.get(`${base}/:version`, (c) => ok(shown(...find(c)), one))
  api.get(`${base}/:version/dag`, (c) => ok({ ...shown(...find(c)), dag: null }, one))
  api.get(`${base}/:version/graph`, (c) => {
    const [workflow, version] = find(c)
    const { class_name } = version
    return ok(
      { ...shown(workflow, version), graph: { version: 1, workflow: { class_name, functions: {}, nodes: [] } } },
      one,
    )
  })
}

function shown({ id: workflow_id, details }: Workflow, { id, class_name, created_on }: Version): object {
  const { limits, default_retention } = details
  return {
    id,
    workflow_id,
    class_name,
    created_on,
    modified_on: created_on,
    has_dag: false,
    language: 'javascript',
    ...(limits ? { limits } : {}),
    ...(default_retention ? { default_retention } : {}),
  }
}
