import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { faultOf } from './name.ts'

export const StateName = z
  .string()
  .refine((name) => faultOf(name) === null, { error: (issue) => faultOf(String(issue.input)) ?? undefined })
  .openapi({ example: 'team/network', description: 'Percent-encoded in a path: `team%2Fnetwork`.' })

export const Inventory = z
  .enum(['none', 'complete', 'partial', 'encrypted', 'unsupported'])
  .openapi({ description: 'How much of the newest version could be listed as resources.' })

export const State = z
  .object({
    name: z.string(),
    lineage: z.string().nullable(),
    serial: z.int().nullable(),
    version: z.int().openapi({ description: 'How many versions were stored; 0 before the first.' }),
    terraform_version: z.string().nullable(),
    size: z.int().openapi({ description: 'Bytes of the newest version.' }),
    resource_count: z.int(),
    tainted_count: z.int(),
    inventory: Inventory,
    inventory_detail: z.string().nullable(),
    locked_by: z.string().nullable().openapi({ description: 'Who holds the lock, or null.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi('State')
export type State = z.infer<typeof State>

export const HeldLock = z
  .object({
    id: z.string(),
    who: z.string(),
    operation: z.string(),
    since: z.iso.datetime(),
    held_for: z.string().openapi({ example: '4 min' }),
    terraform_version: z.string(),
    credential: z.string().openapi({ description: 'The name of the token that took it.' }),
    deployment: z.string().nullable().openapi({ description: 'The run that holds it.' }),
    story: z.string(),
  })
  .openapi('HeldLock')

export const StateDetail = State.extend({ lock: HeldLock.nullable() }).openapi('StateDetail')

export const StateVersion = z
  .object({
    version: z.int(),
    serial: z.int(),
    lineage: z.string(),
    deployment: z.string().nullable(),
    lock_id: z.string().nullable(),
    sha256: z.string(),
    size: z.int(),
    terraform_version: z.string().nullable(),
    resource_count: z.int(),
    inventory: Inventory,
    forced: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .openapi('StateVersion')

export const StateEvent = z
  .object({
    kind: z.enum(['lock_refused', 'write_refused', 'unlock_refused', 'lock_forced', 'write_forced']),
    at: z.iso.datetime(),
    lock_id: z.string().nullable(),
    who: z.string().nullable(),
    actor: z.string().openapi({ description: 'The name of the token.' }),
    detail: z.string(),
  })
  .openapi('StateEvent')

export const StateQuery = z.strictObject(paging)
