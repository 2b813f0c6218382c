import { createRoute } from '@hono/zod-openapi'
import packageJson from '../../../package.json' with { type: 'json' }
import { api, json, noQuery, refusals } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { needs } from '../access/authentication.ts'
import { dashboardOf, features } from './dashboard.ts'
import { readOverview } from './queries.ts'
import { Dashboard } from './schema.ts'
import type { System } from './schema.ts'

const show = createRoute({
  tags: ['overview'],
  middleware: needs('read'),
  method: 'get',
  path: '/api/dashboard',
  operationId: 'showDashboard',
  summary: 'Show everything at a glance',
  description: 'Totals are counters and "today" is the UTC day; lists are the newest rows.',
  request: { query: noQuery },
  responses: { 200: json('The dashboard.', Dashboard), ...refusals },
})

/** Only Cloudflare's network numbers requests with `cf-ray`; elsewhere the Worker runs while its server does. */
function systemOf(c: AppContext): System {
  const edge = c.req.header('cf-ray') !== undefined
  return {
    worker_version: packageJson.version,
    environment: c.env.ENVIRONMENT,
    uptime: edge ? 'always_on' : 'while_started',
    edge_deployment: edge,
    features,
  }
}

export const overview = api().openapi(show, async (c) => {
  return c.json(dashboardOf(await readOverview(c.env.DEPLOYMENT_DB, now()), systemOf(c)), 200)
})
