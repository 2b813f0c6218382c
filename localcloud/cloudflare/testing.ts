import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCloudflare } from './server.ts'
import type { LocalAccount, Settings } from './server.ts'

/** What a test asks of an account: a call with the owner's token, or another. */
export type TestAccount = LocalAccount & {
  readonly folder: string
  /** The account's own paths: `A` of the reference. */
  readonly base: string
  readonly call: <Result = unknown>(
    method: string,
    path: string,
    body?: unknown,
    init?: RequestInit,
  ) => Promise<Reply<Result>>
}

/** Uploads a script of one module, as `wrangler deploy` does it. */
export async function deploy<Result = Record<string, unknown>>(
  account: TestAccount,
  name: string,
  code: string,
  metadata: object = {},
  parts: Readonly<Record<string, string>> = {},
): Promise<Reply<Result>> {
  const form = uploadForm(code, metadata, parts)
  return account.call<Result>('PUT', `${account.base}/workers/scripts/${name}`, form)
}

/** The parts of an upload. */
export function uploadForm(
  code: string,
  metadata: object = {},
  parts: Readonly<Record<string, string>> = {},
): FormData {
  const form = new FormData()
  const told = { main_module: 'index.js', compatibility_date: '2026-07-01', ...metadata }
  form.append('metadata', JSON.stringify(told))
  for (const [name, text] of Object.entries({ 'index.js': code, ...parts })) {
    form.append(name, new File([text], name, { type: 'application/javascript+module' }))
  }
  return form
}

/** Asks a deployed script. */
export async function visit(
  account: TestAccount,
  script: string,
  path = '/',
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${account.url}/workers/${script}${path}`, init)
}

/** Waits until something is so, for at most some seconds. */
export async function eventually<Value>(
  look: () => Promise<Value> | Value,
  isSo: (value: Value) => boolean,
  seconds = 10,
): Promise<Value> {
  const until = Date.now() + seconds * 1000
  for (;;) {
    const value = await look()
    if (isSo(value) || Date.now() > until) return value
    await new Promise((done) => setTimeout(done, 50))
  }
}

/** An envelope as a test reads it. */
export type Reply<Result> = {
  readonly status: number
  readonly headers: Headers
  readonly success: boolean
  readonly result: Result
  readonly errors: { code: number; message: string }[]
  readonly result_info?: Record<string, unknown>
}

/** Starts an account on a folder; the caller stops it. */
export async function openAccount(folder: string, settings: Partial<Settings> = {}): Promise<TestAccount> {
  const account = await startCloudflare({ host: '127.0.0.1', port: 0, folder, ...settings })
  const call: TestAccount['call'] = async (method, path, body, init = {}) => {
    const headers = new Headers(init.headers)
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${account.token}`)
    const isRaw = body instanceof FormData || typeof body === 'string' || body instanceof Uint8Array
    const payload = body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }
    const response = await fetch(`${account.url}/client/v4${path}`, {
      ...init,
      method,
      headers,
      ...(payload as object),
    })
    return { ...((await response.json()) as Reply<never>), status: response.status, headers: response.headers }
  }
  return { ...account, folder, base: `/accounts/${account.accountId}`, call }
}

/** One account for a test file, on a folder of its own; stopped and removed at the end. */
export function startAccount(settings: Partial<Settings> = {}): { readonly account: () => TestAccount } {
  let account: TestAccount | null = null
  const folder = mkdtempSync(join(tmpdir(), 'throughline-cloud-'))
  beforeAll(async () => {
    account = await openAccount(folder, settings)
  })
  afterAll(async () => {
    await account?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return {
    account: () => {
      if (!account) throw new Error('The account has not started.')
      return account
    },
  }
}
