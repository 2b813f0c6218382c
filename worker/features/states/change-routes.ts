import { createRoute, z } from '@hono/zod-openapi'
import { api, body, json, noQuery, problem, refusals } from '../../platform/api.ts'
import { mustHold } from '../../platform/principal.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { mutates } from '../audit/act.ts'
import { callerOf } from './backend.ts'
import { ledgerOf } from './ledger.ts'
import type { Refused } from './outcome.ts'
import { existingState } from './queries.ts'
import { Confirmation, DiffQuery, NewRollback, Rollback, StateDiff, StateName } from './schema.ts'

const params = z.object({ name: StateName })
const tags = ['states']
const locked = { 423: problem('Somebody holds the lock: the detail says who, and since when.') }

const diff = createRoute({
  tags,
  middleware: needs('read'),
  method: 'get',
  path: '/api/states/{name}/diff',
  operationId: 'diffStateVersions',
  summary: 'Tell what differs between two versions of a state',
  description: 'Of versions with the same serial the newest. What is a secret in one of the two is hidden in both.',
  request: { query: DiffQuery, params },
  responses: {
    200: json('What differs.', StateDiff),
    404: problem('There is no such state, or no version with this serial.'),
    409: problem('One of them cannot be compared: it is encrypted, above 25 MB, or of a format we do not know.'),
    ...refusals,
  },
})

const rollback = createRoute({
  tags,
  middleware: mutates('state.rollback'),
  method: 'post',
  path: '/api/states/{name}/rollback',
  operationId: 'rollBackState',
  summary: 'Write the content of an old version as the newest one',
  description:
    'Needs the scope `state:<name>`. The content stays byte by byte, but for its serial: one above the newest. Content that is the newest already is not written again.',
  request: { query: noQuery, params, body: body(NewRollback) },
  responses: {
    200: json('The newest version has this content.', Rollback),
    404: problem('There is no such state, or no version with this serial.'),
    409: problem('It is the newest version already, or encrypted; or the state was written meanwhile.'),
    ...locked,
    ...refusals,
  },
})

const remove = createRoute({
  tags,
  middleware: mutates('state.delete'),
  method: 'delete',
  path: '/api/states/{name}',
  operationId: 'deleteState',
  summary: 'Delete a state with all its versions',
  description:
    'Needs the scope `force:<name>`. What the state managed goes on existing, and is forgotten here; what was recorded stays.',
  request: { query: Confirmation, params },
  responses: {
    204: { description: 'The state is gone, and its name may be used anew.' },
    404: problem('There is no such state.'),
    ...locked,
    ...refusals,
  },
})

function problemOf({ problem: kind, reason }: Refused): Problem {
  return new Problem(kind, reason)
}

export const changes = api()
  .openapi(diff, async (c) => {
    const { name } = c.req.valid('param')
    const { from, to } = c.req.valid('query')
    await existingState(c.env.DEPLOYMENT_DB, name)
    const outcome = await ledgerOf(c.env, name).diff(from, to)
    if (outcome.kind === 'problem') throw problemOf(outcome)
    return c.json(StateDiff.parse(JSON.parse(outcome.diff)), 200)
  })
  .openapi(rollback, async (c) => {
    const { name } = c.req.valid('param')
    const { serial } = c.req.valid('json')
    mustHold(c.get('principal'), `state:${name}`)
    const outcome = await ledgerOf(c.env, name).rollback(serial, callerOf(c))
    if (outcome.kind === 'problem') throw problemOf(outcome)
    return c.json({ version: outcome.version, serial: outcome.serial, rolled_back_to: serial }, 200)
  })
  .openapi(remove, async (c) => {
    const { name } = c.req.valid('param')
    const { confirm } = c.req.valid('query')
    mustHold(c.get('principal'), `force:${name}`)
    if (confirm !== name) {
      const detail = `This deletes the state ${name} with all its versions. To confirm, send its name as confirm=${encodeURIComponent(name)}.`
      throw new Problem('invalid-request', detail)
    }
    const outcome = await ledgerOf(c.env, name).remove(callerOf(c))
    if (outcome.kind === 'problem') throw problemOf(outcome)
    return c.body(null, 204)
  })
