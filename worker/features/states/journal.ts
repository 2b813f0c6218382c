import { z } from '@hono/zod-openapi'
import { Lock } from './lock.ts'

/** Whose request it was, for the record and the audit. */
export const Caller = z.object({
  credential: z.string(),
  /** The token's public id, or null for the owner's. */
  token_id: z.string().nullable().default(null),
  request_id: z.string(),
  address: z.string(),
  /** The recorded run that the request is part of, or null. */
  run: z.string().nullable().default(null),
})
export type Caller = z.infer<typeof Caller>

/** A version that was accepted. Serials may skip, and repeat after a forced push; `version` counts 1, 2, 3. */
export const Version = z.object({
  version: z.int(),
  serial: z.int(),
  lineage: z.string(),
  sha256: z.string(),
  size: z.int(),
  terraform_version: z.string().nullable(),
  format: z.int().nullable(),
  encrypted: z.boolean(),
  instances: z.int(),
  lock_id: z.string().nullable(),
  forced: z.boolean(),
  /** Of a rollback: the serial that was asked for, and the version whose content this is. */
  rolled_back: z.object({ serial: z.int(), version: z.int() }).nullable().default(null),
  at: z.int(),
})
export type Version = z.infer<typeof Version>

const Refusal = z.object({
  kind: z.literal('refused'),
  what: z.enum(['lock_refused', 'write_refused', 'unlock_refused']),
  lock_id: z.string().nullable(),
  who: z.string().nullable(),
  reason: z.string(),
  caller: Caller,
})
export type Refusal = z.infer<typeof Refusal>

/** What happened to a state, in order. Each entry is projected into D1 exactly once. */
export const Entry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('locked'), lock: Lock }),
  z.object({ kind: z.literal('written'), version: Version, caller: Caller }),
  z.object({ kind: z.literal('released'), lock: Lock }),
  z.object({ kind: z.literal('forced'), lock: Lock, caller: Caller }),
  /** With the newest version and serial there were; zeros when there was none. */
  z.object({ kind: z.literal('deleted'), version: z.int(), serial: z.int(), caller: Caller }),
  Refusal,
])
export type Entry = z.infer<typeof Entry>

/** An entry with its place in the journal and its moment. */
export type Noted = { readonly seq: number; readonly at: number; readonly entry: Entry }
