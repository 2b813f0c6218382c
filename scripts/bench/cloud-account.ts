import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { uploadForm } from '../../localcloud/cloudflare/testing.ts'
import { run } from './processes.ts'
import { repository } from './server.ts'

const Credentials = z.object({
  cloudflare: z.object({ api_url: z.string(), account_id: z.string(), api_token: z.string() }),
})
const Requests = z.object({ result: z.array(z.object({ milliseconds: z.number() })) })
const Made = z.object({ result: z.object({ id: z.string() }) })
const List = z.object({ result: z.array(z.unknown()) })

/** The local account of a server that runs, as its clients know it. */
export class LocalAccount {
  readonly #url: string
  readonly #id: string
  readonly #token: string

  private constructor({ cloudflare }: z.infer<typeof Credentials>) {
    this.#url = cloudflare.api_url
    this.#id = cloudflare.account_id
    this.#token = cloudflare.api_token
  }

  /** @param folder the server's `DATA_DIR` */
  static async in(folder: string): Promise<LocalAccount> {
    return new LocalAccount(Credentials.parse(JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))))
  }

  addressOf(script: string): string {
    return new URL(`/workers/${script}/`, this.#url).href
  }

  async deploy(name: string, code: string): Promise<void> {
    await this.#ask(`${this.#url}/accounts/${this.#id}/workers/scripts/${name}`, {
      method: 'PUT',
      body: uploadForm(code),
    })
  }

  /** A zone of this name. @returns its id */
  async zone(name: string): Promise<string> {
    const body = JSON.stringify({ name, account: { id: this.#id }, type: 'full' })
    return Made.parse(await this.#ask(`${this.#url}/zones`, { method: 'POST', body })).result.id
  }

  /** What the Cloudflare provider of Terraform is told by its environment. */
  get providerEnvironment(): Record<string, string> {
    return { CLOUDFLARE_BASE_URL: this.#url, CLOUDFLARE_API_TOKEN: this.#token }
  }

  /** How many scripts there are. */
  async count(): Promise<number> {
    return List.parse(await this.#ask(`${this.#url}/accounts/${this.#id}/workers/scripts`)).result.length
  }

  /** Deploys with wrangler. @returns how long the server was at work for it, in milliseconds. */
  async wranglerDeploy(name: string, code: string): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-wrangler-'))
    const log = new URL('/_local/requests', this.#url).href
    try {
      await writeFile(join(folder, 'index.js'), code)
      const config = { name, main: 'index.js', compatibility_date: '2026-07-01' }
      await writeFile(join(folder, 'wrangler.json'), JSON.stringify(config))
      await this.#ask(log, { method: 'DELETE' })
      const wrangler = join(repository, 'node_modules/wrangler/bin/wrangler.js')
      const { code: status, output } = await run(process.execPath, [wrangler, 'deploy'], {
        cwd: folder,
        env: this.#environment(folder),
      })
      if (status !== 0) throw new Error(`wrangler deploy failed: ${output}`)
      return Requests.parse(await this.#ask(log)).result.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  #environment(home: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      HOME: home,
      CI: '1',
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_API_BASE_URL: this.#url,
      CLOUDFLARE_ACCOUNT_ID: this.#id,
      CLOUDFLARE_API_TOKEN: this.#token,
    }
  }

  async #ask(url: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${this.#token}` } })
    const text = await response.text()
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text.slice(0, 300)}`)
    return text === '' ? null : JSON.parse(text)
  }
}
