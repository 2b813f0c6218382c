import { z } from 'zod'

const Locations = z.enum(['apac', 'eeur', 'enam', 'weur', 'wnam', 'oc'])
export const StorageClass = z.enum(['Standard', 'InfrequentAccess'])
export const Jurisdiction = z.enum(['default', 'eu', 'fedramp'])

export const Cors = z.object({
  rules: z
    .array(
      z.object({
        id: z.string().optional(),
        allowed: z.object({
          methods: z.array(z.enum(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])),
          origins: z.array(z.string().regex(/^(\*|[a-z][a-z0-9+.-]*:\/\/[^/]+)$/i)),
          headers: z.array(z.string()).optional(),
        }),
        exposeHeaders: z.array(z.string()).optional(),
        maxAgeSeconds: z.number().optional(),
      }),
    )
    .optional(),
})

const After = z.object({ type: z.literal('Age'), maxAge: z.int().min(0) })
const When = z.union([After, z.object({ type: z.literal('Date'), date: z.string() })])
export const Lifecycle = z.object({
  rules: z
    .array(
      z.object({
        id: z.string(),
        enabled: z.boolean(),
        conditions: z.object({ prefix: z.string().optional() }),
        abortMultipartUploadsTransition: z.object({ condition: After }).optional(),
        deleteObjectsTransition: z.object({ condition: When }).optional(),
        storageClassTransitions: z
          .array(z.object({ condition: When, storageClass: z.literal('InfrequentAccess') }))
          .optional(),
      }),
    )
    .max(1000)
    .optional(),
})

export const Lock = z.object({
  rules: z
    .array(
      z.object({
        id: z.string(),
        enabled: z.boolean(),
        prefix: z.string().optional(),
        condition: z.union([
          z.object({ type: z.literal('Age'), maxAgeSeconds: z.int().min(0) }),
          z.object({ type: z.literal('Date'), date: z.string() }),
          z.object({ type: z.literal('Indefinite') }),
        ]),
      }),
    )
    .max(1000)
    .optional(),
})

const Tls = z.enum(['1.0', '1.1', '1.2', '1.3'])
export const NewDomain = z.object({
  domain: z.string().min(1),
  zoneId: z.string(),
  enabled: z.boolean(),
  minTLS: Tls.optional(),
  ciphers: z.array(z.string()).optional(),
})
export const DomainChange = NewDomain.pick({ minTLS: true, ciphers: true }).extend({ enabled: z.boolean().optional() })
export const Switch = z.object({ enabled: z.boolean() })

/** What is remembered of a bucket besides its name. */
export const Details = z.object({
  id: z.string(),
  jurisdiction: Jurisdiction,
  location: Locations,
  storage_class: StorageClass,
  cors: Cors.optional(),
  lifecycle: Lifecycle.optional(),
  lock: Lock.optional(),
  domains: z.array(NewDomain).default([]),
  is_public: z.boolean().default(false),
  local_uploads: z.boolean().default(false),
  sippy: z.record(z.string(), z.unknown()).nullish(),
})
export type Details = z.infer<typeof Details>

export const Bucket = z.object({
  name: z.string(),
  created_at: z.int(),
  details: z.string().transform((text) => Details.parse(JSON.parse(text))),
})
export type Bucket = z.infer<typeof Bucket>

export const NewBucket = z.object({
  name: z.string(),
  locationHint: Locations.optional(),
  storageClass: StorageClass.default('Standard'),
})

export const Keys = z.array(z.string()).max(1000)
