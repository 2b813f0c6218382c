import { z } from '@hono/zod-openapi'
import { FlowRunWithSteps } from './schema.ts'

/** How a flow is asked for: which run a repetition is the same as, and whether its end is waited for. */
export type How = { readonly idempotencyKey?: string; readonly isAsync?: boolean }

const Refusal = z.looseObject({ title: z.string(), status: z.int(), detail: z.string() })

/**
 * What a Worker that binds this one is answered. Refusals are values, not exceptions: of those the other side would see a
 * message alone. `running` is what HTTP says with 202.
 */
export type Answer<Result> =
  | { readonly outcome: 'done'; readonly result: Result }
  | { readonly outcome: 'running'; readonly run: FlowRunWithSteps }
  | { readonly outcome: 'refused'; readonly problem: z.infer<typeof Refusal> }

/** A call of a flow as a client with this token makes it. */
export function flowRequest(token: string, method: string, path: string, asked?: unknown, how: How = {}): Request {
  const headers = new Headers({ authorization: `Bearer ${token}`, accept: 'application/json' })
  if (how.idempotencyKey !== undefined) headers.set('idempotency-key', how.idempotencyKey)
  if (how.isAsync) headers.set('prefer', 'respond-async')
  if (asked !== undefined) headers.set('content-type', 'application/json')
  const body = asked === undefined ? null : JSON.stringify(asked)
  return new Request(`https://throughline.internal/flows${path}`, { method, headers, body })
}

/** One part of a path, whatever a caller says. */
export function inPath(part: string): string {
  return encodeURIComponent(part)
}

export async function answerIn<Result>(schema: z.ZodType<Result>, response: Response): Promise<Answer<Result>> {
  const told: unknown = await response.json()
  if (!response.ok) return { outcome: 'refused', problem: Refusal.parse(told) }
  if (response.status === 202) return { outcome: 'running', run: FlowRunWithSteps.parse(told) }
  return { outcome: 'done', result: schema.parse(told) }
}
