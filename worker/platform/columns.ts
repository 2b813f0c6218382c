import { z } from '@hono/zod-openapi'
import type { ZodType } from 'zod'

/** A column of JSON text, read as what it holds. */
export function fromJson<Value>(schema: ZodType<Value>) {
  return z.string().transform((text) => schema.parse(JSON.parse(text)))
}

/** A column of 0 or 1, read as a boolean. */
export const fromBit = z.int().transform((bit) => bit === 1)
