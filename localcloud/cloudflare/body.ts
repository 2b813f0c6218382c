import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './envelope.ts'

/**
 * Reads a JSON body, whatever type the client called it: wrangler sends much of its JSON as text.
 * @param refusal makes the product's own error of a sentence that says what is wrong.
 */
export async function readJson<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  refusal: (detail: string) => ApiError = invalidBody,
): Promise<z.infer<Schema>> {
  return parseJson(await c.req.text(), schema, refusal)
}

/** Parses a JSON text that came in some part of a body. */
export function parseJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  refusal: (detail: string) => ApiError = invalidBody,
): z.infer<Schema> {
  const parsed = schema.safeParse(jsonIn(text, refusal))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refusal(issue ? `${issue.path.join('.') || 'body'}: ${issue.message}` : 'invalid body')
}

function jsonIn(text: string, refusal: (detail: string) => ApiError): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('the body is not valid JSON')
  }
}

function invalidBody(detail: string): ApiError {
  return new ApiError(400, { code: 1001, message: `Invalid request body: ${detail}` })
}
