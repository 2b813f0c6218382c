import { createHmac } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import type { Event, Hook } from './schema.ts'

/** A request as it goes over the wire, whole: the signature is that of these bytes. */
export type Prepared = {
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: string
  readonly insecure: boolean
}

export type Outcome = {
  /** `OK`, or what went wrong in GitHub's words. */
  readonly status: string
  readonly code: number
  readonly seconds: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** Who takes longer has not answered. */
const limit = 10_000
const keptBody = 64 * 1024

export function requestFor(hook: Hook, event: Event): Prepared {
  const isForm = hook.content_type === 'form'
  const body = isForm ? `payload=${encodeURIComponent(event.body)}` : event.body
  const headers = {
    accept: '*/*',
    'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    'user-agent': `GitHub-Hookshot/${event.guid.slice(0, 7)}`,
    'x-github-delivery': event.guid,
    'x-github-event': event.name,
    'x-github-hook-id': String(hook.id),
    'x-github-hook-installation-target-id': String(hook.repository_id ?? hook.organization_id),
    'x-github-hook-installation-target-type': hook.repository_id === null ? 'organization' : 'repository',
    ...(hook.secret === null ? {} : signatures(hook.secret, body)),
  }
  return { url: hook.url, headers, body, insecure: hook.insecure_ssl }
}

/** Sends once, follows no redirect, tries nothing again. @returns null when the server stops meanwhile. */
export async function post(prepared: Prepared, stop: AbortSignal): Promise<Outcome | null> {
  const started = performance.now()
  const seconds = () => Math.round((performance.now() - started) / 10) / 100
  const timeout = AbortSignal.timeout(limit)
  try {
    const { code, headers, body } = await exchange(prepared, AbortSignal.any([stop, timeout]))
    const isFine = code >= 200 && code < 300
    return { status: isFine ? 'OK' : `Invalid HTTP Response: ${code}`, code, seconds: seconds(), headers, body }
  } catch {
    if (stop.aborted) return null
    const failure = timeout.aborted
      ? { status: 'timed out', code: 504 }
      : { status: 'failed to connect to host', code: 502 }
    return { ...failure, seconds: seconds(), headers: {}, body: '' }
  }
}

/** Plain `node:http`, because `fetch` adds headers of its own. */
async function exchange({ url, headers, body, insecure }: Prepared, signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    code: number
    headers: Record<string, string>
    body: string
  }>()
  const start = url.startsWith('https:') ? httpsRequest : httpRequest
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const options = {
    method: 'POST',
    headers: { ...headers, ...length },
    signal,
    rejectUnauthorized: !insecure,
    agent: false,
  }
  const sent = start(url, options, (response) => {
    const shown = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
    buffer(response).then(
      (bytes) =>
        resolve({
          code: response.statusCode ?? 0,
          headers: Object.fromEntries(shown),
          body: bytes.subarray(0, keptBody).toString(),
        }),
      reject,
    )
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}

function signatures(secret: string, body: string): Record<string, string> {
  const sign = (algorithm: string) => `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`
  return { 'x-hub-signature': sign('sha1'), 'x-hub-signature-256': sign('sha256') }
}
