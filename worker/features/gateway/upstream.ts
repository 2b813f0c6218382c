import type { Account } from './account.ts'
import { withoutToken } from './echo.ts'
import { Refused } from './envelope.ts'

/** What belongs to the client's connection with us, proves who the client is, or would ask for another method. */
const kept =
  /^(?:host|connection|keep-alive|transfer-encoding|upgrade|te|trailer|expect|via|forwarded|cookie|authorization|proxy-.*|x-auth-.*|x-forwarded-.*|x-real-ip|x-http-method.*|x-method-override|cf-connecting-.*|cf-ray|cf-ipcountry|cf-visitor|cf-worker|cf-ew-via|cf-access-.*|cdn-loop|mf-.*)$/i

/** A request on its way to Cloudflare. `path` has its query. */
export type Sent = {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body?: ReadableStream | Uint8Array | null
  /** Breaks the connection off. */
  readonly signal?: AbortSignal
}

/** The headers of a client's request as Cloudflare gets them. */
export function headersFor(given: Headers, token: string): Headers {
  const headers = new Headers([...given].filter(([name]) => !kept.test(name)))
  headers.set('authorization', `Bearer ${token}`)
  return headers
}

/**
 * Sends a request to Cloudflare. No answer, or none in time, is told as such; any answer is passed on as it is, but for
 * copies of the account's token.
 * @throws Refused (502, 504)
 */
export async function send(account: Account, { method, path, headers, body, signal }: Sent): Promise<Response> {
  const stop = new AbortController()
  // Only until the answer begins: what streams may take as long as it moves.
  const timer = setTimeout(() => stop.abort(), body instanceof ReadableStream ? 15 * 60_000 : account.timeout)
  signal?.addEventListener('abort', () => stop.abort())
  try {
    const carried = body === undefined || body === null || method === 'GET' || method === 'HEAD' ? {} : { body }
    const url = `${account.url}${path}`
    // A redirect is passed on: followed, it would carry the account's token elsewhere.
    return await withoutToken(
      await fetch(url, { method, headers, redirect: 'manual', signal: stop.signal, ...carried }),
      account.token,
    )
  } catch (error) {
    throw error instanceof Refused ? error : noAnswer(method, error, stop.signal.aborted)
  } finally {
    clearTimeout(timer)
  }
}

function noAnswer(method: string, error: unknown, isLate: boolean): Refused {
  // What went wrong may hold what was sent: only its kind is told.
  console.error({ cloudflare: method, error: error instanceof Error ? error.name : 'unknown' })
  return isLate
    ? new Refused(504, { code: 10_002, message: 'Cloudflare did not answer in time.' })
    : new Refused(502, { code: 10_002, message: 'Cloudflare could not be reached, or broke off.' })
}

/** Asks Cloudflare for something that the gateway itself wants to know. */
export async function ask(account: Account, path: string): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${account.token}`, 'user-agent': 'throughline' })
  return send(account, { method: 'GET', path, headers })
}

const largest = 4_000_000

/**
 * Reads an answer whole, for the gateway to look into.
 * @param timeout milliseconds for all of it. @throws Refused (502) when it is no JSON, endless, or stops in the middle
 */
export async function jsonOf(response: Response, timeout = 100_000): Promise<unknown> {
  const reader = response.body?.getReader()
  const timer = setTimeout(() => void reader?.cancel().catch(() => undefined), timeout)
  try {
    const pieces: Uint8Array[] = []
    let size = 0
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      size += read.value.byteLength
      if (size > largest) throw new Error('too large')
      pieces.push(read.value)
    }
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    await reader?.cancel().catch(() => undefined)
    throw new Refused(502, { code: 10_002, message: "Cloudflare's answer broke off, or is no JSON." })
  } finally {
    clearTimeout(timer)
  }
}

/** What concerns Cloudflare's connection with us, or its own site. */
const ours =
  'connection keep-alive transfer-encoding set-cookie alt-svc nel report-to server strict-transport-security'.split(' ')

/** Takes away what is not for the client. */
export function answerFrom(answer: Response): Response {
  for (const name of ours) answer.headers.delete(name)
  return answer
}
