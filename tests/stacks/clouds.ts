import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { owner } from '../server/server.ts'
import type { Server } from '../server/server.ts'

type Credentials = {
  readonly cloudflare: { readonly api_url: string; readonly account_id: string; readonly api_token: string }
  readonly github: { readonly api_url: string; readonly token: string; readonly webhook_secret: string }
}

/** The two clouds of a server, as their owner reaches them. */
export class Clouds {
  readonly #server: Server
  readonly #known: Credentials

  constructor(server: Server) {
    this.#server = server
    this.#known = JSON.parse(readFileSync(join(server.folder, 'credentials.json'), 'utf8')) as Credentials
  }

  /** @returns the `result` of the envelope */
  async cloudflare<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const { api_url: base, api_token: token } = this.#known.cloudflare
    return ((await ask(base, token, method, path, body)) as { result: Answer }).result
  }

  /** Has calls of the Cloudflare account that create something go slowly or wrong, or as ever with `null`. */
  async disturb(fault: { readonly delay_ms: number } | { readonly status: number } | null): Promise<void> {
    const { api_url: base, api_token: token } = this.#known.cloudflare
    const faults = fault === null ? [] : ['POST', 'PUT'].map((method) => ({ method, times: 1000, ...fault }))
    await ask(new URL(base).origin, token, 'PUT', '/_local/faults', faults)
  }

  async github<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const { api_url: base, token } = this.#known.github
    return (await ask(base, token, method, path, body)) as Answer
  }

  /** The paths of the Cloudflare account begin so. */
  get account(): string {
    return `/accounts/${this.#known.cloudflare.account_id}`
  }

  /**
   * Has what there must be before the stacks, and puts it into the settings: a zone, a repository to adopt, and a script
   * for the custom domain, because wrangler's is not deployed here.
   */
  async prepare(settings: string): Promise<string> {
    const { login, id } = await this.github<{ login: string; id: number }>('GET', '/user')
    await this.github('POST', '/user/repos', { name: 'throughline', auto_init: true })
    const zone = await this.cloudflare<{ id: string }>('POST', '/zones', { name: 'example.com' })
    const script = uploadForm('export default { async fetch() { return new Response("hi") } }')
    await this.cloudflare('PUT', `${this.account}/workers/scripts/throughline`, script)
    return settings
      .replace("project: 'throughline',", "project: 'throughline',\n  protectData: false,")
      .replace('00000000000000000000000000000000', this.#known.cloudflare.account_id)
      .replace('11111111111111111111111111111111', zone.id)
      .replace("owner: 'example'", `owner: '${login}'`)
      .replace('583231', String(id))
  }

  /** What `npm run plan` asks for, and where the clouds are. */
  variables(): Record<string, string> {
    const { cloudflare, github } = this.#known
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: tmpdir(),
      TF_INPUT: '0',
      TF_CLI_ARGS: '-no-color',
      THROUGHLINE_URL: this.#server.url,
      THROUGHLINE_TOKEN: owner,
      TF_HTTP_USERNAME: 'terraform',
      TF_HTTP_PASSWORD: owner,
      CLOUDFLARE_BASE_URL: cloudflare.api_url,
      CLOUDFLARE_API_TOKEN: cloudflare.api_token,
      GITHUB_BASE_URL: github.api_url,
      GITHUB_TOKEN: github.token,
      ARM_USE_CLI: 'true',
      AUTH0_DOMAIN: 'example.eu.auth0.com',
      AUTH0_API_TOKEN: 'auth0-hush',
      TF_VAR_cloudflare_api_token: 'cloudflare-hush',
      TF_VAR_azure_credentials: 'azure-hush',
      TF_VAR_connector_token: 'connector-hush',
      TF_VAR_github_webhook_secret: github.webhook_secret,
    }
  }
}

async function ask(base: string, token: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(base + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'user-agent': 'test' },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}: ${await response.text()}`)
  return response.json()
}
