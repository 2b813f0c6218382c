import { z } from 'zod'

const name = /^[a-zA-Z0-9_][a-zA-Z0-9-_]*$/
export const Name = z.string().max(64).regex(name)
export const InstanceId = z.string().max(100).regex(name)

const Version = z.object({ id: z.string(), class_name: z.string(), created_on: z.string(), script_version: z.string() })
export type Version = z.infer<typeof Version>
const Retention = z.object({
  success_retention: z.union([z.int(), z.string()]).optional(),
  error_retention: z.union([z.int(), z.string()]).optional(),
})
const Limits = z.object({ steps: z.int().min(1).max(25_000).optional() })
const Schedule = z.object({ cron: z.string() })

const Details = z.object({
  versions: z.array(Version).default([]),
  limits: Limits.optional(),
  default_retention: Retention.optional(),
  schedules: z.array(Schedule).optional(),
})
export type Details = z.infer<typeof Details>

export const Workflow = z.object({
  id: z.string(),
  name: z.string(),
  script_name: z.string(),
  class_name: z.string(),
  created_at: z.int(),
  modified_at: z.int(),
  details: z.string().transform((text) => Details.parse(JSON.parse(text))),
})
export type Workflow = z.infer<typeof Workflow>

export const WorkflowBody = z.object({
  script_name: z.string().min(1).max(255),
  class_name: z.string().min(1).max(255),
  limits: Limits.nullish(),
  default_retention: Retention.nullish(),
  schedules: z.array(Schedule).nullish(),
})
export type WorkflowBody = z.infer<typeof WorkflowBody>

export const NewInstance = z.object({ instance_id: InstanceId.optional(), params: z.unknown().optional() })
export type NewInstance = z.infer<typeof NewInstance>
export const NewInstances = z.array(NewInstance).min(1).max(100)
export const Ids = z.array(z.string()).max(100)
export const Unwanted = z.object({ instances: Ids })

const From = z.object({
  name: z.string(),
  count: z.int().optional(),
  type: z.enum(['do', 'sleep', 'waitForEvent']).optional(),
})
export const Change = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pause') }),
  z.object({ status: z.literal('resume') }),
  z.object({ status: z.literal('terminate'), rollback: z.boolean().optional() }),
  z.object({ status: z.literal('restart'), from: From.optional() }),
])
export type Change = z.infer<typeof Change>
export const Settings = z.object({ default_retention: Retention.optional() })
