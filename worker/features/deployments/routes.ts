import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { openPage, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { linksOf } from '../links/queries.ts'
import { Link } from '../links/schema.ts'
import { changesBy, snapshotsBy } from '../resources/queries.ts'
import { DeploymentChange, Snapshot } from '../resources/schema.ts'
import { eventReports } from './event-routes.ts'
import { lastLine } from './log.ts'
import { plans } from './plan-routes.ts'
import { findDeployment, listDeployments, notesOf, operationsOf } from './queries.ts'
import { records } from './record-routes.ts'
import { reports } from './report-routes.ts'
import { Deployment, DeploymentQuery, params, TerraformOperation } from './schema.ts'
import { Moment, timelineOf } from './timeline.ts'

const guarded = { tags: ['deployments'], middleware: needs('read') }

const DeploymentPage = z.object({ deployments: z.array(Deployment), next: z.string().nullable() })
const DeploymentDetail = Deployment.extend({
  operations: z.array(TerraformOperation),
  snapshots: z.array(Snapshot).openapi({ description: 'The state versions it wrote, the first 200.' }),
  changes: z.array(DeploymentChange).openapi({ description: 'What the state tells that it did, the first 200.' }),
  links: z.array(Link).openapi({ description: 'What led to it and what it led to, at most 100 each.' }),
  logs: z.object({ lines: z.int().openapi({ description: 'The number of the last line.' }) }),
  timeline: z.array(Moment),
}).openapi('DeploymentDetail')

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/deployments',
  operationId: 'listDeployments',
  summary: 'List deployments, newest first',
  request: { query: DeploymentQuery },
  responses: {
    200: json('The deployments.', DeploymentPage),
    ...refusals,
  },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/deployments/{id}',
  operationId: 'showDeployment',
  summary: 'Show a deployment with all it did',
  request: { query: noQuery, params },
  responses: {
    200: json('The deployment.', DeploymentDetail),
    404: problem('There is no such deployment.'),
    ...refusals,
  },
})

export const deployments = api()
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    return c.json(await listDeployments(c.env.DEPLOYMENT_DB, query, openPage('deployments', places.byTime, query)), 200)
  })
  .openapi(show, async (c) => {
    const { id } = c.req.valid('param')
    const db = c.env.DEPLOYMENT_DB
    const deployment = await findDeployment(db, { id })
    if (!deployment) throw new Problem('not-found', `There is no deployment ${id}.`)
    const [operations, snapshots, changes, links, notes, lines] = await Promise.all([
      operationsOf(db, deployment.row),
      snapshotsBy(db, deployment.row),
      changesBy(db, deployment.row),
      linksOf(db, { kind: 'deployment', id }),
      notesOf(db, deployment.row),
      lastLine(db, deployment.row),
    ])
    const run = Deployment.parse(deployment)
    const timeline = timelineOf(run, operations, snapshots, notes)
    return c.json({ ...run, operations, snapshots, changes, links, logs: { lines }, timeline }, 200)
  })
  .route('/', reports)
  .route('/', eventReports)
  .route('/', plans)
  .route('/', records)
