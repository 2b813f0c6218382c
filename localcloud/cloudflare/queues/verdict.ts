import { z } from 'zod'

/** What the runtime says about a batch that a Worker was given. */
export const BatchResult = z.object({
  outcome: z.string(),
  ackAll: z.boolean().default(false),
  retryBatch: z.object({ retry: z.boolean(), delaySeconds: z.number().optional() }).default({ retry: false }),
  explicitAcks: z.array(z.string()).default([]),
  retryMessages: z.array(z.object({ msgId: z.string(), delaySeconds: z.number().optional() })).default([]),
})
export type BatchResult = z.infer<typeof BatchResult>

/** The batch never reached its Worker, or the runtime was stopped meanwhile. */
export const lost: BatchResult = BatchResult.parse({ outcome: 'exception' })

/** What becomes of a message: it is done, it comes again after some seconds, or its attempts are used up. */
export type Fate =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly seconds: number }
  | { readonly kind: 'dead' }

type Delivered = { readonly id: string; readonly attempts: number }
type Limits = { readonly max_retries: number; readonly retry_delay: number }

/** What was acknowledged by itself is done, also when the handler failed afterwards. */
export function fateOf(message: Delivered, result: BatchResult, limits: Limits): Fate {
  const retried = result.retryMessages.find(({ msgId }) => msgId === message.id)
  const failed = result.outcome !== 'ok' || result.retryBatch.retry
  const isAcked = result.explicitAcks.includes(message.id)
  if (!retried && (!failed || isAcked || result.ackAll)) return { kind: 'done' }
  if (message.attempts > limits.max_retries) return { kind: 'dead' }
  return { kind: 'again', seconds: retried?.delaySeconds ?? result.retryBatch.delaySeconds ?? limits.retry_delay }
}
