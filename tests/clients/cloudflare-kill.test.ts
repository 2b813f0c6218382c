import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { uploadForm } from '../../localcloud/cloudflare/testing.ts'

const says = (text: string) => `export default { fetch: () => new Response('${text}') }`

/** A local account as a process of its own, so that it can be killed. */
class Process {
  readonly #child
  #out = ''

  constructor(folder: string) {
    const env = { ...process.env, DATA_DIR: folder, CLOUD_PORT: '0' }
    this.#child = spawn(process.execPath, ['localcloud/cloudflare/main.ts'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child.stdout.on('data', (piece) => (this.#out += piece))
  }

  async ready(): Promise<this> {
    while (!this.#out.includes('is ready')) await once(this.#child.stdout, 'data')
    return this
  }

  value(name: string): string {
    return new RegExp(`${name}=(\\S+)`).exec(this.#out)?.[1] ?? ''
  }

  async call(method: string, path: string, body?: FormData): Promise<{ success: boolean; result: unknown }> {
    const url = `${this.value('CLOUDFLARE_API_BASE_URL')}/accounts/${this.value('CLOUDFLARE_ACCOUNT_ID')}${path}`
    const headers = { authorization: `Bearer ${this.value('CLOUDFLARE_API_TOKEN')}` }
    return (await fetch(url, { method, headers, ...(body ? { body } : {}) })).json() as never
  }

  async visit(script: string): Promise<string> {
    return (await fetch(`${new URL(this.value('CLOUDFLARE_API_BASE_URL')).origin}/workers/${script}`)).text()
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    const closed = once(this.#child, 'close')
    this.#child.kill(signal)
    return (await closed)[0]
  }
}

describe('a local account that is killed in the middle of a deployment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-kill-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

  test('has the old state or the new one, whole, when it is started again', async () => {
    let account = await new Process(folder).ready()
    const token = account.value('CLOUDFLARE_API_TOKEN')
    expect(await account.call('PUT', '/workers/scripts/shop', uploadForm(says('0')))).toMatchObject({ success: true })
    let last = 0
    for (const milliseconds of [20, 120, 180, 240, 320, 450]) {
      const next = last + 1
      const deployed = account.call('PUT', '/workers/scripts/shop', uploadForm(says(String(next)))).catch(() => null)
      await pause(milliseconds)
      await account.stop('SIGKILL')
      await deployed
      account = await new Process(folder).ready()
      expect(account.value('CLOUDFLARE_API_TOKEN')).toBe(token)
      const text = await account.visit('shop')
      expect([String(last), String(next)]).toContain(text)
      const { result } = await account.call('GET', '/workers/scripts/shop/versions')
      const { items } = result as { items: { number: number }[] }
      expect(items.length).toBe(Number(text) + 1)
      last = Number(text)
    }
    expect(await account.call('PUT', '/workers/scripts/shop', uploadForm(says('after')))).toMatchObject({
      success: true,
    })
    expect(await account.visit('shop')).toBe('after')
    expect(await account.stop('SIGTERM')).toBe(0)
  }, 60_000)
})
