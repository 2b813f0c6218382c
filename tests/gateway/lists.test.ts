import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startWorker } from '../../worker/testing.ts'

const accountId = 'a'.repeat(32)
let pages = 0
const asked: string[] = []

/** An account with so many pages of databases, one on each. */
const upstream = createServer((request, response) => {
  asked.push(String(request.url))
  const page = Number(new URL(String(request.url), 'http://x').searchParams.get('page') ?? 1)
  response.end(
    JSON.stringify({ success: true, result: page > pages ? [] : [{ uuid: `u${page}` }], result_info: { page } }),
  )
})
beforeAll(() => new Promise<void>((ready) => upstream.listen(0, '127.0.0.1', ready)))
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})

const worker = startWorker(() => ({
  CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/client/v4`,
  CLOUDFLARE_ACCOUNT_ID: accountId,
  CF_API_TOKEN: 'the-accounts-token-0123456789-0123456789-0123456789',
}))

test('a list is whole or refused, never cut short without a word', async () => {
  await worker.fetch('/api/policies', {
    method: 'POST',
    json: { name: 'p', permissions: ['D1 Read'], resources: ['d1:u60', 'd1:u1'] },
  })
  const issued = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['sdk:p'] } })
  const { token } = (await issued.json()) as { token: string }
  const list = () => worker.fetch(`/client/v4/accounts/${accountId}/d1/database?name=x`, { token })
  pages = 60
  expect(await (await list()).json()).toMatchObject({ result: [{ uuid: 'u1' }, { uuid: 'u60' }] })
  expect(asked[0]).toBe(`/client/v4/accounts/${accountId}/d1/database?name=x&per_page=100`)
  pages = 1000
  const refused = await list()
  expect([refused.status, JSON.stringify(await refused.json())]).toEqual([400, expect.stringContaining('100 pages')])
})
