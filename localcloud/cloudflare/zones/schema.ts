import { z } from 'zod'

export const Zone = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  is_paused: z.int().transform(Boolean),
  created_at: z.int(),
  modified_at: z.int(),
})
export type Zone = z.infer<typeof Zone>

export const ZoneBody = z.object({
  name: z.string(),
  type: z.enum(['full', 'partial', 'secondary', 'internal']).default('full'),
  account: z.object({ id: z.string().optional() }).optional(),
})
export const ZoneChange = z.object({
  paused: z.boolean().optional(),
  type: z.enum(['full', 'partial', 'secondary', 'internal']).optional(),
  vanity_name_servers: z.array(z.string()).optional(),
  plan: z.object({ id: z.string() }).optional(),
})

const Data = z.record(z.string(), z.unknown())
export const Record = z.object({
  id: z.string(),
  zone_id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string(),
  ttl: z.int(),
  is_proxied: z.int().transform(Boolean),
  priority: z.number().nullable(),
  comment: z.string().nullable(),
  tags: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  data: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : Data.parse(JSON.parse(text)))),
  created_at: z.int(),
  modified_at: z.int(),
})
export type Record = z.infer<typeof Record>

const Type = z.enum(
  'A AAAA CNAME TXT MX NS SRV CAA PTR HTTPS SVCB DS DNSKEY CERT LOC NAPTR OPENPGPKEY SMIMEA SSHFP TLSA URI'.split(' '),
)

export const RecordBody = z.object({
  name: z.string().min(1),
  type: Type,
  content: z.string().optional(),
  ttl: z.number().default(1),
  proxied: z.boolean().default(false),
  priority: z.number().min(0).max(65_535).optional(),
  comment: z.string().max(500).nullish(),
  tags: z.array(z.string()).default([]),
  data: Data.optional(),
})
export type RecordBody = z.infer<typeof RecordBody>

/** A route of a zone: requests that fit the pattern go to the script; without one, to nobody. */
export const Route = z.object({
  id: z.string(),
  zone_id: z.string(),
  pattern: z.string(),
  script: z.string().nullable(),
})
export type Route = z.infer<typeof Route>
export const RouteBody = z.object({ pattern: z.string(), script: z.string().nullish() })

export const Domain = z.object({
  id: z.string(),
  zone_id: z.string(),
  zone_name: z.string(),
  hostname: z.string(),
  service: z.string(),
  environment: z.string(),
})
export type Domain = z.infer<typeof Domain>
export const DomainBody = z.object({
  hostname: z.string().min(1),
  service: z.string(),
  zone_id: z.string().optional(),
  zone_name: z.string().optional(),
  environment: z.string().default('production'),
})
export const Origins = z.array(DomainBody.omit({ service: true }))
