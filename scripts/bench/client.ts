import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export type Answer = { readonly status: number; readonly ms: number; readonly body: Buffer }
export type Call = (method: string, path: string, body?: string) => Promise<Answer>

/** A client with one connection that stays open, as Terraform's; it times from the request to the answer's last byte. */
export function keepAliveClient(url: string, token: string | null): { call: Call; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
  const call: Call = (method, path, body) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const began = performance.now()
      const sent = request(
        new URL(path, url),
        { agent, method, headers: { ...authorization, ...length }, timeout: 30_000 },
        (answer) => {
          buffer(answer).then(
            (bytes) => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - began, body: bytes }),
            reject,
          )
        },
      )
      sent.once('error', reject)
      sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered within 30 s.`)))
      sent.end(body)
    })
  return { call, close: () => agent.destroy() }
}

/** The same, refusing every answer but 200. */
export async function ok(answer: Promise<Answer>): Promise<Answer> {
  const given = await answer
  if (given.status !== 200) throw new Error(`Expected 200, got ${given.status}: ${given.body.toString('utf8', 0, 300)}`)
  return given
}
