import { z } from 'zod'
import { Refusal } from '../embedded/refusal.ts'

const Envelope = z.object({
  result: z.unknown(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
})

/** Where Cloudflare itself answers. */
export const cloudflareApi = 'https://api.cloudflare.com/client/v4'

const pageSize = 100
const patienceMs = 30_000

/** A Cloudflare account and who acts on it. */
export type Place = { readonly apiUrl: string; readonly id: string; readonly token: string }

/** How a program acts as the token: a global key of the shell, which wrangler prefers and Terraform minds, is kept from it. */
export function identity(token: string): NodeJS.ProcessEnv {
  return { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_API_KEY: undefined, CLOUDFLARE_EMAIL: undefined }
}

/** Where the account's API is: Cloudflare's own address, unless the shell names one. Wrangler and Terraform differ in how. */
export function apiUrlIn({ CLOUDFLARE_API_BASE_URL, CLOUDFLARE_BASE_URL }: NodeJS.ProcessEnv): string {
  const [wranglers, terraforms] = [CLOUDFLARE_API_BASE_URL, CLOUDFLARE_BASE_URL].map((url) => url?.replace(/\/+$/, ''))
  if (wranglers && terraforms && wranglers !== terraforms)
    throw new Refusal('CLOUDFLARE_API_BASE_URL and CLOUDFLARE_BASE_URL differ: both must lead to the same account.')
  const url = wranglers || terraforms || cloudflareApi
  if (URL.canParse(url)) return url
  throw new Refusal(`CLOUDFLARE_API_BASE_URL must be an address; it is ${JSON.stringify(url)}.`)
}

/** The API of one account. What it refuses is a `Refusal` in Cloudflare's words. */
export class Account {
  readonly place: Place

  constructor(place: Place) {
    this.place = place
  }

  /** Runs on this machine. */
  get isLocal(): boolean {
    return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(this.place.apiUrl).hostname)
  }

  /** One thing, or null when there is none. @param path below the account */
  async find<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema> | null> {
    const { status, body } = await this.#call('GET', path)
    return status === 404 ? null : schema.parse(this.#resultOf(`GET ${path}`, status, body))
  }

  /** All pages of a list. */
  async list<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>[]> {
    const items: z.infer<Schema>[] = []
    for (let page = 1; ; page++) {
      const { status, body } = await this.#call('GET', `${path}?page=${page}&per_page=${pageSize}`)
      const found = z.array(schema).parse(this.#resultOf(`GET ${path}`, status, body))
      items.push(...found)
      if (found.length < pageSize) return items
    }
  }

  /** The rows of one statement that reads a database. */
  async rows<Schema extends z.ZodType>(database: string, sql: string, schema: Schema): Promise<z.infer<Schema>[]> {
    const path = `d1/database/${database}/query`
    const { status, body } = await this.#call('POST', path, { sql })
    const results = z.array(z.object({ results: z.array(schema) })).parse(this.#resultOf(`POST ${path}`, status, body))
    return results.flatMap((each) => each.results)
  }

  async #call(method: string, path: string, json?: object): Promise<{ status: number; body: unknown }> {
    const { apiUrl, id, token } = this.place
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'throughline',
    }
    const init = {
      method,
      headers,
      signal: AbortSignal.timeout(patienceMs),
      ...(json && { body: JSON.stringify(json) }),
    }
    try {
      const response = await fetch(`${apiUrl}/accounts/${id}/${path}`, init)
      return { status: response.status, body: await response.json() }
    } catch (error) {
      throw new Refusal(`The account's API at ${apiUrl} gave no answer: ${reasonOf(error)}.`)
    }
  }

  #resultOf(what: string, status: number, body: unknown): unknown {
    const envelope = Envelope.safeParse(body)
    if (status >= 200 && status <= 299 && envelope.success) return envelope.data.result
    const told = envelope.data?.errors.map(({ code, message }) => `${message} (${code})`).join('; ')
    const hint = status === 401 || status === 403 ? ' Is CLOUDFLARE_API_TOKEN right, and may it do this?' : ''
    throw new Refusal(`Cloudflare refused ${what} of the account ${this.place.id} with ${status}: ${told}.${hint}`)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
