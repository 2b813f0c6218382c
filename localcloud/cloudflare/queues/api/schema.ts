import { z } from 'zod'

const longestDelay = 43_200

export const QueueRow = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.int(),
  modified_at: z.int(),
  delivery_delay: z.int(),
  is_paused: z.int().transform(Boolean),
  retention_seconds: z.int(),
})
export type QueueRow = z.infer<typeof QueueRow>

const Settings = z.object({
  delivery_delay: z.int().min(0).max(longestDelay).optional(),
  delivery_paused: z.boolean().optional(),
  message_retention_period: z.int().min(60).max(1_209_600).optional(),
})
export const QueueBody = z.object({ queue_name: z.string().optional(), settings: Settings.optional() })
export type QueueBody = z.infer<typeof QueueBody>

const Shared = {
  batch_size: z.int().min(1).max(100).default(10),
  max_retries: z.int().min(0).max(100).default(3),
  retry_delay: z.int().min(0).max(longestDelay).default(0),
}
const WorkerSettings = z.object({
  ...Shared,
  max_wait_time_ms: z.int().min(0).max(60_000).default(5000),
  max_concurrency: z.int().min(1).max(250).nullish(),
})
const PullSettings = z.object({
  ...Shared,
  visibility_timeout_ms: z
    .int()
    .min(0)
    .max(longestDelay * 1000)
    .default(30_000),
})

/** A consumer as a caller asks for it. */
export const ConsumerBody = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('worker'),
    script_name: z.string(),
    dead_letter_queue: z.string().nullish(),
    settings: WorkerSettings.prefault({}),
  }),
  z.object({
    type: z.literal('http_pull'),
    dead_letter_queue: z.string().nullish(),
    settings: PullSettings.prefault({}),
  }),
])
export type ConsumerBody = z.infer<typeof ConsumerBody>

export const ConsumerRow = z.object({
  id: z.string(),
  queue_id: z.string(),
  type: z.enum(['worker', 'http_pull']),
  script: z.string().nullable(),
  dead_letter_queue: z.string().nullable(),
  created_at: z.int(),
  settings: z.string().transform((text) =>
    z
      .looseObject({
        max_retries: z.number().default(3),
        retry_delay: z.number().default(0),
        batch_size: z.number().default(5),
        visibility_timeout_ms: z.number().default(30_000),
      })
      .parse(JSON.parse(text)),
  ),
})
export type ConsumerRow = z.infer<typeof ConsumerRow>

const Delay = z.int().min(0).max(longestDelay).optional()
export const Push = z.object({
  body: z.unknown(),
  content_type: z.enum(['json', 'text', 'bytes']).default('json'),
  delay_seconds: Delay,
})
export type Push = z.infer<typeof Push>
export const PushBatch = z.object({ messages: z.array(Push).min(1).max(100), delay_seconds: Delay })

export const Pull = z.object({
  batch_size: z.int().min(1).max(100).optional(),
  visibility_timeout_ms: z
    .int()
    .min(0)
    .max(longestDelay * 1000)
    .optional(),
})
const Lease = z.object({ lease_id: z.string() })
export const Answer = z.object({
  acks: z.array(Lease).default([]),
  retries: z.array(Lease.extend({ delay_seconds: Delay })).default([]),
})
export const Extension = z.object({
  extend: z.array(Lease),
  visibility_timeout_ms: z
    .int()
    .min(0)
    .max(longestDelay * 1000)
    .default(30_000),
})
export const Refs = z.object({ refs: z.array(z.object({ ref: z.string() })) })
export const Purge = z.object({ delete_messages_permanently: z.literal(true) })
