import { z } from 'zod'

/** A namespace as it is kept. */
export const Namespace = z.object({ id: z.string(), title: z.string() })
export type Namespace = z.infer<typeof Namespace>

export const NamespaceBody = z.object({ title: z.string().max(512).optional() })

/** One pair of a bulk write. Both spellings of the lifetime may come; the relative one goes before the absolute one. */
export const Pair = z.object({
  key: z.string(),
  value: z.string(),
  base64: z.boolean().default(false),
  expiration: z.number().optional(),
  expiration_ttl: z.number().optional(),
  metadata: z.unknown().optional(),
})
export type Pair = z.infer<typeof Pair>

export const Pairs = z.array(Pair)
export const Keys = z.array(z.string())
export const Wanted = z.object({
  keys: z.array(z.string()),
  type: z.enum(['text', 'json']).default('text'),
  withMetadata: z.boolean().default(false),
})
export type Wanted = z.infer<typeof Wanted>

/** How much one call may carry. */
export const limits = {
  namespaces: 1000,
  writes: 10_000,
  reads: 100,
  writeBytes: 100 * 1024 * 1024,
  metadataBytes: 1024,
  leastTtl: 60,
}
