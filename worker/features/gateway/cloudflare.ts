import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { accountOf } from './account.ts'
import type { Account } from './account.ts'
import { heed, spendOwn } from './allowance.ts'
import { Refused } from './envelope.ts'
import { jsonOf, send } from './upstream.ts'

const Envelope = z.looseObject({
  success: z.boolean(),
  errors: z.array(z.looseObject({ code: z.int(), message: z.string() })).nullish(),
  result: z.unknown(),
  result_info: z.looseObject({ total_pages: z.int().nullish(), cursor: z.string().nullish() }).nullish(),
})

/** What is sent: an object as JSON, a form as itself, text with the type that is given. */
type Content =
  | { readonly json: unknown }
  | { readonly form: FormData }
  | { readonly text: string; readonly type: string }

/** Cloudflare said no, or nothing that can be understood. `code` is Cloudflare's, 0 without one. */
export class CloudflareError extends Error {
  override readonly name = 'CloudflareError'
  readonly status: number
  readonly code: number
  /** Seconds that Cloudflare, or our own count of its calls, asks to wait; else null. */
  readonly retryAfter: number | null

  constructor(status: number, code: number, message: string, retryAfter: number | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }

  /** Whether the same call may succeed later: too many calls, a failure of Cloudflare's, no answer. */
  get isPassing(): boolean {
    return this.status === 429 || this.status >= 500
  }

  get isMissing(): boolean {
    return this.status === 404
  }

  toProblem(): Problem {
    if (this.status === 429) {
      const headers = { 'retry-after': String(this.retryAfter ?? 60) }
      return new Problem('too-many-requests', this.message, { headers })
    }
    const told = this.code === 0 ? this.message : `Cloudflare says: ${this.message} (${this.code})`
    return new Problem('upstream', told, { extensions: { cloudflare: { status: this.status, code: this.code } } })
  }
}

/**
 * Cloudflare's API as the control plane itself calls it, in flows and crons, counted and out of the head room. Paths
 * are below the account (`/d1/database`), or with two slashes below `/client/v4` (`//zones`).
 * Every method throws CloudflareError; making one throws Problem (unavailable) without an account.
 */
export class Cloudflare {
  readonly #env: Env
  readonly #account: Account

  constructor(env: Env) {
    this.#env = env
    this.#account = accountOf(env)
  }

  get accountId(): string {
    return this.#account.id
  }

  /** Calls, and returns the envelope's `result`. */
  async call<Result>(schema: z.ZodType<Result>, method: string, path: string, content?: Content): Promise<Result> {
    const { result } = await this.#envelope(await this.request(method, path, content))
    return understood(schema, result)
  }

  /** Calls for what it does, whatever the envelope's `result` is. */
  async done(method: string, path: string, content?: Content): Promise<true> {
    await this.#envelope(await this.request(method, path, content))
    return true
  }

  /** All elements of a list, page by page; Pages refuses pages of more than 25. */
  async *list<Element>(schema: z.ZodType<Element>, path: string, perPage = 100): AsyncGenerator<Element> {
    const separator = path.includes('?') ? '&' : '?'
    for (let page = 1; ; page += 1) {
      const { result, result_info: info } = await this.#envelope(
        await this.request('GET', `${path}${separator}per_page=${perPage}&page=${page}`),
      )
      yield* understood(z.array(schema), result)
      if (page >= (info?.total_pages ?? 1)) return
    }
  }

  /** Calls, and returns the answer as it came, whatever its status. */
  async request(method: string, path: string, content?: Content): Promise<Response> {
    try {
      await spendOwn(this.#env)
      const full = path.startsWith('//') ? path.slice(1) : `/accounts/${this.#account.id}${path}`
      const headers = new Headers({ authorization: `Bearer ${this.#account.token}`, 'user-agent': 'throughline' })
      const response = await send(this.#account, { method, path: full, headers, body: await bodyOf(content, headers) })
      await heed(this.#env, response)
      return response
    } catch (error) {
      throw error instanceof Refused ? failureOf(error) : error
    }
  }

  async #envelope(response: Response): Promise<z.infer<typeof Envelope>> {
    const data = Envelope.safeParse(await bodyAs(response, this.#account.timeout)).data
    if (data?.success && response.ok) return data
    const { code, message } = data?.errors?.[0] ?? { code: 0, message: `Cloudflare answered ${response.status}.` }
    throw new CloudflareError(response.ok ? 502 : response.status, code, message, waitIn(response))
  }
}

/** What failed without an envelope is told by its status. */
async function bodyAs(response: Response, timeout: number): Promise<unknown> {
  try {
    return await jsonOf(response, timeout)
  } catch (error) {
    if (!response.ok) return null
    throw error instanceof Refused ? failureOf(error) : error
  }
}

async function bodyOf(content: Content | undefined, headers: Headers): Promise<Uint8Array | null> {
  if (!content) return null
  const carried = 'form' in content ? new Response(content.form) : null
  const type = 'text' in content ? content.type : (carried?.headers.get('content-type') ?? 'application/json')
  headers.set('content-type', type)
  if (carried) return new Uint8Array(await carried.arrayBuffer())
  return new TextEncoder().encode('text' in content ? content.text : JSON.stringify('json' in content && content.json))
}

function understood<Result>(schema: z.ZodType<Result>, result: unknown): Result {
  const { success, data, error } = schema.safeParse(result)
  if (success) return data
  // Only the places: the values may be secrets.
  const places = error.issues.map(({ path }) => path.join('.')).join(', ')
  throw new CloudflareError(502, 0, `Cloudflare's answer is not as expected: ${places || 'result'}.`)
}

/** A refusal of the gateway's own, such as that the calls are used up, as one of Cloudflare's. */
export function failureOf({ status, reason, headers }: Refused): CloudflareError {
  return new CloudflareError(status, reason.code, reason.message, Number(headers['retry-after']) || null)
}

function waitIn(response: Response): number | null {
  return Number(response.headers.get('retry-after')) || null
}
