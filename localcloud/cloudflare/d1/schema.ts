import { z } from 'zod'

const Replication = z.object({ mode: z.enum(['auto', 'disabled']) })

/** What is remembered of a database besides its name. */
export const Details = z.object({
  location: z.string().optional(),
  jurisdiction: z.string().nullish(),
  read_replication: Replication.optional(),
  /** The storage that the database uses since it was restored; before that, its identifier names it. */
  storage: z.string().optional(),
})
export type Details = z.infer<typeof Details>

export const Database = z
  .object({
    id: z.string(),
    name: z.string(),
    created_at: z.int(),
    details: z.string().transform((text) => Details.parse(JSON.parse(text))),
  })
  .transform((row) => ({ ...row, storage: row.details.storage ?? row.id }))
export type Database = z.infer<typeof Database>

export const NewDatabase = z.object({
  name: z.string().min(1),
  primary_location_hint: z.enum(['wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']).optional(),
  jurisdiction: z.enum(['eu', 'fedramp', 'us']).nullish(),
  read_replication: Replication.optional(),
})
export const Change = z.object({ read_replication: Replication.optional() })
export const FullChange = z.object({ read_replication: Replication })

/** A value for a placeholder. Bytes come as a list of numbers. */
const Parameter = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.number())])
const Statement = z.object({ sql: z.string(), params: z.array(Parameter).nullish() })
export type Statement = z.infer<typeof Statement>

/** One text, or several; either way one transaction. */
export const Question = z
  .union([z.object({ batch: z.array(Statement) }), Statement])
  .transform((body) => ('batch' in body ? body.batch : [body]))

export const Import = z.discriminatedUnion('action', [
  z.object({ action: z.literal('init'), etag: z.string() }),
  z.object({ action: z.literal('ingest'), etag: z.string(), filename: z.string() }),
  z.object({ action: z.literal('poll'), current_bookmark: z.string() }),
])
export type Import = z.infer<typeof Import>

export const Export = z.object({
  output_format: z.literal('polling'),
  current_bookmark: z.string().optional(),
  dump_options: z
    .object({
      no_schema: z.boolean().default(false),
      no_data: z.boolean().default(false),
      tables: z.array(z.string()).default([]),
    })
    .default({ no_schema: false, no_data: false, tables: [] }),
})
export type Export = z.infer<typeof Export>
