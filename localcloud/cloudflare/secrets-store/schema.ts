import { z } from 'zod'

/** How much an account may have. */
export const quota = { stores: 1, secrets: 100, valueBytes: 65_536 }

export const scopes = ['workers', 'ai_gateway', 'dex', 'access', 'containers', 'websearch']

export const Store = z.object({ id: z.string(), name: z.string(), created_at: z.int(), modified_at: z.int() })
export type Store = z.infer<typeof Store>

/** A secret as it is shown: never its value. */
export const Secret = z.object({
  id: z.string(),
  store_id: z.string(),
  name: z.string(),
  scopes: z.string().transform((text) => z.array(z.string()).parse(JSON.parse(text))),
  comment: z.string().nullable(),
  status: z.string(),
  created_at: z.int(),
  modified_at: z.int(),
})
export type Secret = z.infer<typeof Secret>

const NewStore = z.object({ name: z.string() })
/** One store; an older form of the call sends a list. */
export const StoreBody = z.union([NewStore, z.array(NewStore).length(1)])

export const NewSecret = z.object({
  name: z.string(),
  value: z.string(),
  scopes: z.array(z.string()),
  comment: z.string().optional(),
})
export type NewSecret = z.infer<typeof NewSecret>
export const NewSecrets = z.array(NewSecret)
export const SecretChange = NewSecret.omit({ name: true }).partial()
export type SecretChange = z.infer<typeof SecretChange>
export const Copy = NewSecret.omit({ value: true })
export const Unwanted = z.array(z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]))
