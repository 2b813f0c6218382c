import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import type { Reply, TestAccount } from '../../localcloud/cloudflare/testing.ts'
import { root, startWorker } from '../../worker/testing.ts'

/** An act of the gateway as the audit shows it. */
type Told = {
  action: string
  actor: string
  subject: string
  outcome: string
  changed: string[]
  detail: Record<string, unknown>
}

/** The control plane before a local account, whose token it holds; for one test file. */
export function startGateway(more: Record<string, string> | (() => Record<string, string>) = {}) {
  const { account } = startAccount()
  const worker = startWorker(() => ({
    CLOUDFLARE_API_BASE_URL: `${account().url}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
    ...(typeof more === 'function' ? more() : more),
  }))

  /** The account as clients reach it through the gateway, with a token of theirs. */
  async function through(client: string): Promise<TestAccount> {
    const url = String(await worker.server().ready).replace(/\/$/, '')
    return { ...account(), url, token: client }
  }

  /** What the audit tells of the gateway, newest first. */
  async function told(): Promise<Told[]> {
    const response = await worker.fetch('/api/audit?limit=200')
    const { acts } = (await response.json()) as { acts: Told[] }
    return acts.filter(({ action }) => action.startsWith('gateway.'))
  }
  return { account, worker, root, told, through, ...tokensOf(worker), ...callsOf(worker, account) }
}

type Worker = ReturnType<typeof startWorker>

function tokensOf(worker: Worker) {
  /** A client's token. */
  async function token(...scopes: string[]): Promise<string> {
    const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes } })
    return ((await response.json()) as { token: string }).token
  }

  /** A token of a policy that is made for it. */
  async function allowed(permissions: string[], resources: string[], name = 'shop'): Promise<string> {
    const response = await worker.fetch('/api/policies', { method: 'POST', json: { name, permissions, resources } })
    if (response.status !== 201) throw new Error(await response.text())
    return token(`sdk:${name}`)
  }
  return { token, allowed }
}

function callsOf(worker: Worker, account: () => TestAccount) {
  /** A call as a client makes it; `A` stands for the account's own path. */
  async function call<Result = unknown>(
    as: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply<Result>> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const target = path.startsWith('/sdk') ? path : `/client/v4${path.replace(/^A/, account().base)}`
    const response = await worker.fetch(target, {
      method,
      token: as,
      headers,
      ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { ...(JSON.parse(text) as Reply<Result>), status: response.status, headers: response.headers as never }
  }

  /** A form as the gateway's clients send it. */
  async function upload(as: string, method: string, path: string, form: FormData): Promise<Reply<unknown>> {
    const request = new Request('http://form/', { method: 'POST', body: form })
    const headers = { 'content-type': request.headers.get('content-type') ?? '' }
    return call(as, method, path, new Uint8Array(await request.arrayBuffer()), headers)
  }
  return { call, upload }
}
