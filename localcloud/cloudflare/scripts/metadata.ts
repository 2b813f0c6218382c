import { z } from 'zod'
import { Migrations } from './migrations.ts'
import { Annotations, TailConsumer } from './schema.ts'

/** A binding as it is sent, which may be wrong in every way. */
export const SentBinding = z.looseObject({ name: z.string().optional(), type: z.string().default('') })
export type SentBinding = z.infer<typeof SentBinding>

const Limits = z.looseObject({ cpu_ms: z.number().optional() })

/** What an upload says about its modules. What nobody here acts on is kept, and given back as settings. */
export const Metadata = z.looseObject({
  main_module: z.string().optional(),
  body_part: z.string().optional(),
  bindings: z.array(SentBinding).default([]),
  keep_bindings: z.array(z.string()).default([]),
  compatibility_date: z.string().nullish(),
  compatibility_flags: z.array(z.string()).nullish(),
  migrations: Migrations.nullish(),
  annotations: Annotations.nullish(),
  assets: z.looseObject({ jwt: z.string().optional(), config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
  keep_assets: z.boolean().nullish(),
  tail_consumers: z.array(TailConsumer).nullish(),
  observability: z.looseObject({ enabled: z.boolean() }).nullish(),
  logpush: z.boolean().nullish(),
  tags: z.array(z.string()).nullish(),
  limits: Limits.nullish(),
  placement: z.unknown().optional(),
  usage_model: z.string().nullish(),
  exports: z
    .record(z.string(), z.looseObject({ type: z.string().optional(), storage: z.string().optional() }))
    .nullish(),
})
export type Metadata = z.infer<typeof Metadata>
