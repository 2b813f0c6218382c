import { z } from '@hono/zod-openapi'

/** Seconds that a lease may last: an hour to 365 days. */
const shortest = 3600
const longest = 365 * 86_400

const TtlDays = z
  .number()
  .refine((days) => secondsOf(days) >= shortest && secondsOf(days) <= longest, {
    error: 'A lease lasts from an hour (0.0417) to 365 days.',
  })
  .openapi({ example: 7, description: 'Days until it expires; a fraction is part of a day. An hour to 365 days.' })

/** Whole seconds, as Cloudflare dates tokens. */
export function secondsOf(days: number): number {
  return Math.round(days * 86_400)
}

/** What a token may be limited to: as much as Cloudflare can express. */
const Resource = z
  .string()
  .regex(/^(?:account|user|zone:(?:\*|[0-9a-f]{32})|r2:[a-z0-9][a-z0-9.-]{1,62})$/, {
    error:
      'A resource is account, user, zone:<id>, zone:* or r2:<bucket>: Cloudflare limits tokens to nothing smaller.',
  })
  .openapi({ example: 'account' })

/** Several tables hold it, and Cloudflare's names for it must stay below their limits. */
const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, {
    error: 'A name is up to 63 of A-Z a-z 0-9 _ -, and begins with none of _ -.',
  })
  .openapi({ example: 'demo-token' })

export const NewLease = z
  .strictObject({
    name: Name,
    purpose: z.string().trim().min(1).max(500).openapi({ example: 'Nightly export of the shop.' }),
    permissions: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(50)
      .openapi({ example: ['D1 Read'], description: "Names or identifiers of Cloudflare's permission groups." }),
    resources: z.array(Resource).min(1).max(50).default(['account']).openapi({ description: 'What it is limited to.' }),
    kind: z
      .enum(['account', 'user'])
      .default('account')
      .openapi({ description: "Whose token it is: the account's, or that of the user who owns CF_API_TOKEN." }),
    ttl_days: TtlDays,
  })
  .openapi('NewManagedToken')
export type NewLease = z.infer<typeof NewLease>

export const Renewal = z.strictObject({ ttl_days: TtlDays }).openapi('ManagedTokenRenewal')

export const LeaseState = z.enum(['creating', 'active', 'rolling', 'revoking'])

/** A lent token as it is shown: never its value. */
export const Lease = z
  .object({
    id: z.string().openapi({ example: 'lease-000000001' }),
    name: z.string(),
    purpose: z.string(),
    kind: z.enum(['account', 'user']),
    owner: z.string().openapi({ description: 'The client that asked for it.' }),
    permissions: z.array(z.string()),
    resources: z.array(z.string()),
    state: LeaseState.openapi({
      description: 'The clock finishes what is not active, and `error` says what it waits for.',
    }),
    secret_name: z.string().openapi({ example: 'TOKEN_DEMO_TOKEN' }),
    stored_in: z
      .enum(['secrets_store', 'fallback'])
      .nullable()
      .openapi({ description: 'Where the value is: `fallback` is encrypted, until the Secrets Store has a place.' }),
    store_id: z.string().nullable(),
    token_id: z.string().nullable().openapi({ description: "Cloudflare's identifier of the token." }),
    created_at: z.iso.datetime(),
    expires_on: z.iso.datetime(),
    rolled_at: z.iso.datetime().nullable().openapi({ description: 'When its value was last replaced.' }),
    error: z.string().nullable(),
  })
  .openapi('ManagedToken')
export type Lease = z.infer<typeof Lease>

/** What a lease's value is called in the Secrets Store: `demo-token` is `TOKEN_DEMO_TOKEN`. */
export function secretNameOf(name: string): string {
  return `TOKEN_${name.toUpperCase().replaceAll('-', '_')}`
}
