import { z } from 'zod'
import manifestJson from '../../worker/wrangler.json' with { type: 'json' }

/** The part of a Wrangler configuration that the embedded server can run. An unknown member is refused, never dropped. */
export const Manifest = z.strictObject({
  $schema: z.string().optional(),
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()).default({}),
  secrets: z.strictObject({ required: z.array(z.string()) }).default({ required: [] }),
  d1_databases: z
    .array(z.object({ binding: z.string(), database_id: z.string(), migrations_dir: z.string().optional() }))
    .default([]),
  r2_buckets: z.array(z.strictObject({ binding: z.string(), bucket_name: z.string() })).default([]),
  durable_objects: z
    .strictObject({ bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })) })
    .default({ bindings: [] }),
  migrations: z.array(z.object({ tag: z.string(), new_sqlite_classes: z.array(z.string()).default([]) })).default([]),
  workflows: z.array(z.strictObject({ binding: z.string(), name: z.string(), class_name: z.string() })).default([]),
  queues: z
    .strictObject({
      producers: z.array(z.strictObject({ binding: z.string(), queue: z.string() })).default([]),
      consumers: z
        .array(
          z.strictObject({
            queue: z.string(),
            max_batch_size: z.int().default(10),
            max_batch_timeout: z.number().default(1),
            max_retries: z.int().default(3),
            dead_letter_queue: z.string().optional(),
          }),
        )
        .default([]),
    })
    .default({ producers: [], consumers: [] }),
  dispatch_namespaces: z.array(z.strictObject({ binding: z.string(), namespace: z.string() })).default([]),
  triggers: z.strictObject({ crons: z.array(z.string()) }).default({ crons: [] }),
  ratelimits: z
    .array(
      z.strictObject({
        name: z.string(),
        namespace_id: z.string(),
        simple: z.strictObject({ limit: z.int(), period: z.literal([10, 60]) }),
      }),
    )
    .default([]),
  assets: z
    .strictObject({ directory: z.string(), binding: z.string(), run_worker_first: z.boolean().default(false) })
    .optional(),
  observability: z.unknown().optional(),
})
export type Manifest = z.infer<typeof Manifest>

/** `worker/wrangler.json`, where every binding of the Worker is declared once. */
export const manifest: Manifest = Manifest.parse(manifestJson)
