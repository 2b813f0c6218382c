import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { rowOf } from '../../platform/ids.ts'
import { openPage, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { mutates } from '../audit/act.ts'
import { accepted, isDone, runFlow } from './accept.ts'
import { ProjectName } from './bindings.ts'
import { accepts } from './configuration.ts'
import { createProject, NewProject } from './create-project.ts'
import { Deleted, deleteProject, Deletion, leavingOf } from './delete-project.ts'
import { listRuns, showRun } from './queries.ts'
import { configurationFile, flowHeaders, flowOutcomes, withFiles } from './route-parts.ts'
import { FlowRun, FlowRunWithSteps, Project, RunQuery } from './schema.ts'

const guarded = { tags: ['flows'], middleware: needs('flows') }

const create = createRoute({
  tags: ['flows'],
  middleware: [mutates(createProject.action), needs('flows')],
  method: 'post',
  path: '/flows/create-project',
  operationId: 'createProject',
  summary: 'Create a project, or complete one',
  description: `Has D1 databases, KV namespaces, R2 buckets and queues, and a script that binds them and answers at an
    address of its own. Secrets get placeholders; those that are there stay as they are, and so do bindings that are left out.`,
  request: { query: noQuery, headers: flowHeaders, body: body(NewProject) },
  responses: {
    201: withFiles('`wrangler.jsonc`, or the project when `Accept` names `application/json`.', Project),
    ...flowOutcomes,
    ...refusals,
  },
})

const remove = createRoute({
  tags: ['flows'],
  middleware: [mutates(deleteProject.action), needs('flows')],
  method: 'delete',
  path: '/flows/project/{name}',
  operationId: 'deleteProject',
  summary: 'Delete a project',
  description: `The script; with \`cleanup\` also the databases, namespaces, buckets and queues that the project owns, and all
    that is in them. What others bind is left (409), unless \`force\` says otherwise.`,
  request: { query: Deletion, headers: flowHeaders, params: z.object({ name: ProjectName }) },
  responses: {
    200: json('What was deleted.', Deleted),
    404: problem('There is no such project.'),
    ...flowOutcomes,
    ...refusals,
  },
})

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/flows/runs',
  operationId: 'listFlowRuns',
  summary: 'List runs of flows, newest first',
  request: { query: RunQuery },
  responses: {
    200: json('The runs.', z.object({ runs: z.array(FlowRun), next: z.string().nullable() })),
    ...refusals,
  },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/flows/runs/{id}',
  operationId: 'showFlowRun',
  summary: 'Show a run with its steps',
  request: { query: noQuery, params: z.object({ id: z.string().max(100).openapi({ example: 'flow-000000001' }) }) },
  responses: { 200: json('The run.', FlowRunWithSteps), 404: problem('There is no such run.'), ...refusals },
})

export const flows = api()
  .openapi(create, async (c) => {
    const asked = c.req.valid('json')
    const { name: project, bindings } = asked
    const run = await runFlow(c, createProject, { project, input: async () => ({ bindings }), asked })
    if (!isDone(run)) return accepted(c, run)
    const made = Project.parse(run.result)
    return accepts(c.req.header('accept') ?? '', 'application/json')
      ? c.json(made, 201)
      : configurationFile(c, made, 201)
  })
  .openapi(remove, async (c) => {
    const { name: project } = c.req.valid('param')
    const asked = c.req.valid('query')
    const input = async () => leavingOf(c.env, project, asked)
    const run = await runFlow(c, deleteProject, { project, input, asked })
    return isDone(run) ? c.json(Deleted.parse(run.result), 200) : accepted(c, run)
  })
  .openapi(list, async (c) => {
    const { limit, cursor, ...filters } = c.req.valid('query')
    const page = openPage('flow-runs', places.byRow, { limit, cursor, ...filters })
    return c.json(await listRuns(c.env.DEPLOYMENT_DB, filters, page), 200)
  })
  .openapi(show, async (c) => {
    const { id } = c.req.valid('param')
    const row = rowOf('flow', id)
    const run = row === null ? null : await showRun(c.env.DEPLOYMENT_DB, row)
    if (!run) throw new Problem('not-found', `There is no run ${id}.`)
    return c.json(run, 200)
  })
