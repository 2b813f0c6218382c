import { createRoute, z } from '@hono/zod-openapi'
import { api, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import { openPage, places } from '../../platform/pages.ts'
import { mustHold } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { stateResponse } from './backend.ts'
import { changes } from './change-routes.ts'
import { ledgerOf } from './ledger.ts'
import { age, operationOf, story } from './lock.ts'
import type { Lock } from './lock.ts'
import { runOf } from './projection.ts'
import { deploymentOf, existingState, listEvents, listStates, listVersions } from './queries.ts'
import { State, StateDetail, StateEvent, StateName, StateQuery, StateVersion } from './schema.ts'

const params = z.object({ name: StateName })
const guarded = { tags: ['states'], middleware: needs('read') }
const unknown = { 404: problem('There is no such state.'), ...refusals }
const next = z.string().nullable()
const StatePage = z.object({ states: z.array(State), next })
const VersionPage = z.object({ versions: z.array(StateVersion), next })
const EventPage = z.object({ events: z.array(StateEvent), next })

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/states',
  operationId: 'listStates',
  summary: 'List states by name',
  request: { query: StateQuery },
  responses: { 200: json('The states.', StatePage), ...refusals },
})

const show = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/states/{name}',
  operationId: 'showState',
  summary: 'Show a state and who holds its lock',
  request: { query: noQuery, params },
  responses: { 200: json('The state.', StateDetail), ...unknown },
})

const versions = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/states/{name}/versions',
  operationId: 'listStateVersions',
  summary: 'List the versions of a state, newest first',
  request: { query: StateQuery, params },
  responses: { 200: json('The versions.', VersionPage), ...unknown },
})

const events = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/states/{name}/events',
  operationId: 'listStateEvents',
  summary: 'List what was refused or forced, newest first',
  request: { query: StateQuery, params },
  responses: {
    200: json('The events, with the reasons that Terraform does not print.', EventPage),
    ...unknown,
  },
})

const raw = createRoute({
  method: 'get',
  tags: ['states'],
  path: '/api/states/{name}/versions/{serial}',
  operationId: 'readStateVersion',
  summary: 'Get a version of a state as it was written',
  description: 'Needs the scope `state:<name>`. Of versions with the same serial (after a forced push) the newest.',
  request: { query: noQuery, params: params.extend({ serial: z.coerce.number().int().min(0) }) },
  responses: { 200: { description: 'The state file, byte by byte.' }, ...unknown },
})

/** The lock with its story. The ledger is asked, since D1 may be a moment behind. */
async function told(db: D1Database, name: string, lock: Lock) {
  const { info, since, credential } = lock
  return {
    id: info.ID,
    who: info.Who,
    operation: operationOf(info),
    since: iso(since),
    held_for: age(since, now()),
    terraform_version: info.Version,
    credential,
    deployment: await deploymentOf(db, runOf(name, lock)),
    story: story(name, lock),
  }
}

export const states = api()
  .route('/', changes)
  .openapi(list, async (c) =>
    c.json(await listStates(c.env.DEPLOYMENT_DB, openPage('states', places.byName, c.req.valid('query'))), 200),
  )
  .openapi(show, async (c) => {
    const { name } = c.req.valid('param')
    const db = c.env.DEPLOYMENT_DB
    const state = await existingState(db, name)
    const lock = await ledgerOf(c.env, name).holder()
    return c.json(
      {
        ...state,
        locked_by: lock && (lock.info.Who || `lock ${lock.info.ID}`),
        lock: lock && (await told(db, name, lock)),
      },
      200,
    )
  })
  .openapi(versions, async (c) => {
    const { name } = c.req.valid('param')
    await existingState(c.env.DEPLOYMENT_DB, name)
    return c.json(
      await listVersions(
        c.env.DEPLOYMENT_DB,
        name,
        openPage(`versions of ${name}`, places.byRow, c.req.valid('query')),
      ),
      200,
    )
  })
  .openapi(events, async (c) => {
    const { name } = c.req.valid('param')
    await existingState(c.env.DEPLOYMENT_DB, name)
    return c.json(
      await listEvents(c.env.DEPLOYMENT_DB, name, openPage(`events of ${name}`, places.byRow, c.req.valid('query'))),
      200,
    )
  })
  .openapi(raw, async (c) => {
    const { name, serial } = c.req.valid('param')
    mustHold(c.get('principal'), `state:${name}`)
    await existingState(c.env.DEPLOYMENT_DB, name)
    const found = await ledgerOf(c.env, name).read(serial)
    if (!found) throw new Problem('not-found', `The state ${name} has no version with the serial ${serial}.`)
    return stateResponse(c, found)
  })
