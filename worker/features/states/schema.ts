import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { Action } from '../resources/schema.ts'
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
    version: z
      .int()
      .openapi({ description: 'The number of the newest version, counted from the first of this name; or 0.' }),
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
    kind: z.enum(['lock_refused', 'write_refused', 'unlock_refused', 'lock_forced', 'write_forced', 'rolled_back']),
    at: z.iso.datetime(),
    lock_id: z.string().nullable(),
    who: z.string().nullable(),
    actor: z.string().openapi({ description: 'The name of the token.' }),
    detail: z.string(),
  })
  .openapi('StateEvent')
export type StateEvent = z.infer<typeof StateEvent>

export const StateQuery = z.strictObject(paging)

const Serial = z
  .string()
  .regex(/^\d{1,16}$/, { error: 'A serial is a whole number.' })
  .transform(Number)
  .pipe(z.int())

export const DiffQuery = z.strictObject({
  from: Serial.optional().openapi({ type: 'integer', description: 'By default the version before `to`.' }),
  to: Serial.optional().openapi({ type: 'integer', description: 'By default the newest.' }),
})

const DiffedVersion = StateVersion.pick({
  version: true,
  serial: true,
  lineage: true,
  terraform_version: true,
  resource_count: true,
  inventory: true,
  created_at: true,
}).extend({ inventory_detail: z.string().nullable() })

const ValueChange = z
  .object({
    name: z.string().openapi({ example: 'ingress[0].port' }),
    before: z
      .unknown()
      .openapi({ description: 'Null when there was none. What is longer than 4,000 characters is cut.' }),
    after: z.unknown(),
    sensitive: z.boolean().openapi({
      description: 'Some of it is hidden. It differs, also where both sides read `(sensitive)`.',
    }),
  })
  .openapi('ValueChange')
export type ValueChange = z.infer<typeof ValueChange>

const ObjectChange = z
  .object({
    address: z.string(),
    type: z.string(),
    provider: z.string(),
    action: Action.exclude(['import', 'forget']),
    attributes: z.array(ValueChange),
    truncated: z.boolean().openapi({ description: 'More attributes differ than are listed.' }),
  })
  .openapi('ObjectChange')
export type ObjectChange = z.infer<typeof ObjectChange>

export const StateDiff = z
  .object({
    state: z.string(),
    from: DiffedVersion,
    to: DiffedVersion,
    changes: z.array(ObjectChange).openapi({ description: 'By address; the first 1,000.' }),
    outputs: z.array(ValueChange),
    truncated: z.boolean().openapi({ description: 'More differs than is listed.' }),
  })
  .openapi('StateDiff')
export type StateDiff = z.infer<typeof StateDiff>

export const NewRollback = z.strictObject({ serial: z.int().min(0) }).openapi('NewRollback')

export const Rollback = z
  .object({
    version: z.int().openapi({ description: 'The version that holds the old content.' }),
    serial: z.int(),
    rolled_back_to: z.int(),
  })
  .openapi('Rollback')

export const Confirmation = z.strictObject({
  confirm: z.string().optional().openapi({ description: "The state's name, once more." }),
})

export const LentToken = z
  .object({ token: z.string(), expires_at: z.iso.datetime().openapi({ description: 'At the latest.' }) })
  .openapi('LentToken')
