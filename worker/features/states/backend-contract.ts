import { z } from '@hono/zod-openapi'
import { body, json, problem, refusals } from '../../platform/api.ts'
import type { api } from '../../platform/api.ts'
import { LockInfo } from './lock.ts'
import { StateName } from './schema.ts'

const HeldLockInfo = LockInfo.extend({ state: z.string(), detail: z.string() }).openapi('HeldLockInfo')
const State = z.object({ version: z.int(), serial: z.int(), lineage: z.string() }).loose().openapi('TerraformState')
const params = z.object({ name: StateName.openapi({ param: { name: 'name', in: 'path' } }) })
const common = { tags: ['terraform'] }
const locked = { 423: json("Somebody else holds the lock: the holder, in Terraform's own form.", HeldLockInfo) }

/**
 * Describes Terraform's HTTP backend in the OpenAPI document. OpenAPI knows no LOCK and UNLOCK: these verbs on
 * `/state/{name}` do what POST and DELETE do on `/state/{name}/lock`.
 */
export function describeBackend({ openAPIRegistry: registry }: ReturnType<typeof api>): void {
  registry.registerPath({
    ...common,
    method: 'get',
    path: '/state/{name}',
    operationId: 'readState',
    summary: 'Read the newest version of a state',
    request: { params },
    responses: { 200: json('The state, byte by byte.', State), 404: problem('There is no version yet.'), ...refusals },
  })
  registry.registerPath({
    ...common,
    method: 'post',
    path: '/state/{name}',
    operationId: 'writeState',
    summary: 'Write a new version of a state: a compare-and-swap on lock id, lineage and serial',
    request: { params, query: z.object({ ID: z.string().optional() }), body: body(State) },
    responses: {
      200: json('Stored, or stored already.', z.object({ version: z.int(), serial: z.int() })),
      409: json('The write is stale; `detail` says why.', HeldLockInfo.partial()),
      413: problem('The state is larger than 100 MB.'),
      ...locked,
      ...refusals,
    },
  })
  describeLock(registry)
}

function describeLock(registry: ReturnType<typeof api>['openAPIRegistry']): void {
  registry.registerPath({
    ...common,
    method: 'post',
    path: '/state/{name}/lock',
    operationId: 'lockState',
    summary: 'Take the lock of a state (LOCK /state/{name})',
    request: { params, body: body(LockInfo.openapi('LockInfo')) },
    responses: {
      200: json('The lock is held by this id, now or already.', z.object({ ID: z.string() })),
      409: json('The lock of this id has ended: a late copy of its request.', HeldLockInfo.partial()),
      ...locked,
      ...refusals,
    },
  })
  registry.registerPath({
    ...common,
    method: 'delete',
    path: '/state/{name}/lock',
    operationId: 'unlockState',
    summary: 'Release the lock of a state, or break it with an empty body (UNLOCK /state/{name})',
    request: { params, body: { content: { 'application/json': { schema: LockInfo.openapi('LockInfo') } } } },
    responses: {
      200: json('The lock of this id is not held any more.', z.object({})),
      409: json('Somebody else holds the lock: the holder.', HeldLockInfo),
      ...refusals,
    },
  })
}
