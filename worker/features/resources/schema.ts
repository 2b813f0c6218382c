import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'
import { isSearchable } from './search.ts'

export const ResourceStatus = z.enum(['active', 'tainted', 'deposed', 'deleted'])

export const Resource = z
  .object({
    id: z.string().openapi({ example: 'res-000000001' }),
    state: z.string(),
    address: z.string().openapi({ example: 'module.site.cloudflare_d1_database.main["eu"]' }),
    module: z.string().nullable(),
    type: z.string(),
    name: z.string(),
    index_key: z.union([z.string(), z.number()]).nullable(),
    provider: z.string().openapi({ example: 'cloudflare' }),
    provider_address: z.string().openapi({ example: 'registry.terraform.io/cloudflare/cloudflare' }),
    cloud_id: z.string().nullable().openapi({ description: 'The id by which the cloud knows it.' }),
    status: ResourceStatus,
    attributes: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'As in the state, secrets hidden; null when they were too large to keep.' }),
    dependencies: z.array(z.string()),
    created_by: z.string().nullable().openapi({ description: 'The deployment that created it, if one is known.' }),
    changed_by: z.string().nullable().openapi({ description: 'The deployment that changed it last.' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    deleted_at: z.iso.datetime().nullable(),
  })
  .openapi('Resource')
export type Resource = z.infer<typeof Resource>

export const Action = z.enum(['create', 'update', 'replace', 'delete', 'import', 'forget', 'taint', 'untaint'])
export type Action = z.infer<typeof Action>

export const ResourceChange = z
  .object({
    action: Action,
    changed: z.array(z.string()).openapi({ description: 'Names of the attributes that differ, never their values.' }),
    version: z.int(),
    serial: z.int(),
    deployment: z.string().nullable(),
    actor: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .openapi('ResourceChange')

/** A change as its deployment shows it. */
export const DeploymentChange = z
  .object({
    resource: z.string().openapi({ example: 'res-000000001' }),
    address: z.string(),
    action: Action,
    changed: z.array(z.string()),
    at: z.iso.datetime(),
  })
  .openapi('DeploymentChange')

export const Snapshot = z
  .object({
    version: z.int(),
    serial: z.int(),
    size: z.int().openapi({ description: 'Bytes.' }),
    resource_count: z.int(),
    forced: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .openapi('Snapshot')

const name = z.string().min(1).max(200)

export const ResourceQuery = z.strictObject({
  ...paging,
  state: name.optional().openapi({ description: "The state's name." }),
  provider: name.optional(),
  type: name.optional(),
  text: name
    .refine(isSearchable, { error: 'There is no word to look for.' })
    .optional()
    .openapi({ description: 'Words of the address, type or cloud id; the last may be the beginning of one.' }),
  status: ResourceStatus.exclude(['deleted']).optional(),
})
export type ResourceQuery = z.infer<typeof ResourceQuery>
