import { createHash } from 'node:crypto'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import type { TestAccount } from '../../localcloud/cloudflare/testing.ts'
import { startWorker } from '../../worker/testing.ts'
import { Wire } from './wire.ts'

export type Lease = {
  id: string
  name: string
  state: string
  secret_name: string
  stored_in: string | null
  store_id: string
  token_id: string
  expires_on: string
  rolled_at: string | null
  error: string | null
  [name: string]: unknown
}

/** What an account has for one lease: how its token is called, and whether the secret holds the token's value. */
type Held = { readonly label: string; readonly secret: string; readonly isValue: boolean }

/** What of an account is of leases. */
export function heldBy(account: TestAccount): { tokens: string[]; secrets: Held[] } {
  const { store } = account.cloud
  const tokens = store.rows("select name, value_hash from tokens where is_root = 0 and name like 'throughline lease %'")
  const secrets = store.rows('select name, value, comment from store_secrets where comment is not null order by name')
  return {
    tokens: tokens.map(({ name }) => String(name)).toSorted(),
    secrets: secrets.map(({ name, value, comment }) => ({
      label: String(comment),
      secret: String(name),
      isValue: tokens.some((token) => token['name'] === comment && token['value_hash'] === hashOf(String(value))),
    })),
  }
}

/** What it should have by the control plane's rows, but for those that are ending. */
export type Row = { label: string; secret_name: string; sealed: string | null; state: string }
export const everyRow = 'select label, secret_name, sealed, state from managed_tokens order by secret_name'

export function expectedFrom(rows: readonly Row[]): { tokens: string[]; secrets: Held[] } {
  const alive = rows.filter(({ state }) => state !== 'revoking')
  return {
    tokens: alive.map(({ label }) => label).toSorted(),
    secrets: alive
      .filter(({ sealed }) => sealed === null)
      .map(({ label, secret_name: secret }) => ({ label, secret, isValue: true })),
  }
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

export const asked = { name: 'demo-token', purpose: 'A test', permissions: ['D1 Read'], ttl_days: 7 }
export const leaseKey = 'key-of-leases-in-tests-0123456789-0123456789'

/** The control plane before a local account, with a wire between them; for one test file. */
export function startLending(more: Record<string, string> = {}) {
  const { account } = startAccount()
  const wire = new Wire(() => account().url)
  let port = 0
  beforeAll(async () => {
    port = await wire.listen()
  })
  afterAll(() => wire.stop())
  const worker = startWorker(() => ({
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: account().accountId,
    CF_API_TOKEN: account().token,
    LEASE_KEY: leaseKey,
    ...more,
  }))
  afterEach(() => {
    wire.fault = () => null
    wire.calls = []
    account().cloud.store.run('delete from tokens where is_root = 0')
    account().cloud.store.run('delete from store_secrets')
  })
  return { account, wire, worker, ...callsOf(worker), ...clockOf(worker, account) }
}

type Worker = ReturnType<typeof startWorker>
export type Answer = { readonly status: number; readonly body: Lease & { readonly detail: string } }

function callsOf(worker: Worker) {
  async function call(method: string, path: string, json?: unknown, token?: string, key?: string): Promise<Answer> {
    const response = await worker.fetch(path, {
      method,
      ...(token === undefined ? {} : { token }),
      ...(json === undefined ? {} : { json }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** A lease that must come to be. */
  async function lend(change: object = {}, token?: string): Promise<Lease> {
    const { status, body } = await call('POST', '/flows/managed-token', { ...asked, ...change }, token)
    if (status !== 201) throw new Error(`${status}: ${JSON.stringify(body)}`)
    return body
  }

  /** A client's token. */
  async function client(...scopes: string[]): Promise<{ id: string; token: string }> {
    const response = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes } })
    return (await response.json()) as { id: string; token: string }
  }
  /** What the audit tells of a lease. */
  const actions = async ({ id, name }: Lease) => {
    const response = await worker.fetch('/api/audit?limit=200')
    type Act = { action: string; outcome: string; actor: string; subject: string }
    const { acts } = (await response.json()) as { acts: Act[] }
    return acts.filter(({ action, subject }) => action.startsWith('lease.') && [id, name].includes(subject))
  }
  return { call, lend, client, actions, lease: (id: string) => `/api/managed-tokens/${id}` }
}

function clockOf(worker: Worker, account: () => TestAccount) {
  /** Lets time pass for what waits, and the clock strike. */
  async function later(minutes = 0): Promise<void> {
    const db = await worker.db()
    const ms = minutes * 60_000
    const past = `update managed_tokens set due_at = due_at - ${ms}, unsettled_until = unsettled_until - ${ms}`
    await db.prepare(past).run()
    await worker.minute()
  }

  async function rows(): Promise<Row[]> {
    const db = await worker.db()
    return (await db.prepare(everyRow).all<Row>()).results
  }

  /** That the account has what the rows say, and nothing else. */
  async function agree(): Promise<void> {
    expect(heldBy(account())).toEqual(expectedFrom(await rows()))
  }
  return { later, rows, agree }
}
