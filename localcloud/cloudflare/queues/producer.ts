import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { ContentType, backlogOf, insertMessage, queueWith } from './queries.ts'
import type { Sent } from './queries.ts'

const [messageBytes, batchBytes, batchCount] = [128_000, 256_000, 100]
const longestDelay = 43_200

const Delay = z.coerce.number().int().min(0).max(longestDelay).optional()
const Batch = z.object({
  messages: z
    .array(
      z.object({
        body: z.base64().transform((text) => Buffer.from(text, 'base64')),
        contentType: ContentType.default('v8'),
        delaySecs: Delay,
      }),
    )
    .max(batchCount),
})

/** Stores what a script sent through its binding. The body is the runtime's own form of a message or a batch. */
export async function receive(
  { store, now }: Pick<Cloud, 'store' | 'now'>,
  id: string,
  path: string,
  request: Request,
): Promise<Response> {
  const queue = queueWith(store, id)
  if (!queue) return new Response('Queue not found.', { status: 404 })
  const at = now()
  const later = (seconds: number | undefined): number => at + (seconds ?? queue.delivery_delay) * 1000
  if (path !== '/metrics') {
    const sent = await sentIn(path, request, later)
    if (sent.some(({ body }) => body.length > messageBytes)) return tooLarge(`message exceeds ${messageBytes} bytes`)
    const total = sent.reduce((sum, { body }) => sum + body.length, 0)
    if (total > batchBytes) return tooLarge(`batch size of ${total} bytes exceeds limit of ${batchBytes}`)
    store.transaction(() => {
      for (const message of sent) insertMessage(store, id, message, at)
    })
  }
  const metrics = backlogOf(store, id)
  return Response.json(path === '/metrics' ? metrics : { metadata: { metrics } })
}

async function sentIn(path: string, request: Request, later: (seconds?: number) => number): Promise<Sent[]> {
  const delay = Delay.parse(request.headers.get('x-msg-delay-secs') ?? undefined)
  if (path === '/batch') {
    const { messages } = Batch.parse(await request.json())
    return messages.map(({ body, contentType, delaySecs }) => ({
      body,
      contentType,
      visibleAt: later(delaySecs ?? delay),
    }))
  }
  const contentType = ContentType.parse(request.headers.get('x-msg-fmt') ?? 'v8')
  return [{ body: new Uint8Array(await request.arrayBuffer()), contentType, visibleAt: later(delay) }]
}

function tooLarge(message: string): Response {
  return new Response(message, { status: 413 })
}
