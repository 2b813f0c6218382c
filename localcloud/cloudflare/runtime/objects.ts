import { z } from 'zod'

/** What is told of an object wherever it is. */
export const KnownObject = z.object({
  key: z.string(),
  version: z.string(),
  size: z.number(),
  etag: z.string(),
  uploaded: z.coerce.date(),
  /** The runtime's lists leave it empty. */
  storageClass: z
    .string()
    .default('')
    .transform((name) => name || 'Standard'),
  httpMetadata: z.looseObject({ contentType: z.string().optional() }).optional(),
  customMetadata: z.record(z.string(), z.string()).optional(),
})
/** A page of a bucket's objects. */
export const Objects = z.object({
  objects: z.array(KnownObject),
  truncated: z.boolean(),
  cursor: z.string().optional(),
  delimitedPrefixes: z.array(z.string()),
})
export type Objects = z.infer<typeof Objects>
export type KnownObject = z.infer<typeof KnownObject>
