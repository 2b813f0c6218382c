import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually, root, startWorker } from '../../worker/testing.ts'

const secret = 'the-accounts-token-0123456789-0123456789-0123456789'
const accountId = 'a'.repeat(32)
const ok = JSON.stringify({ success: true, errors: [], messages: [], result: { id: 'x' } })

/** What stands in Cloudflare's place, and what it was sent last. */
let answer: RequestListener = (_, response) => response.end(ok)
let upstream: Server
const seen = { authorization: '', bytes: 0, whole: false, calls: 0, headers: {} as NodeJS.Dict<string | string[]> }

beforeAll(async () => {
  upstream = createServer((request, response) => {
    Object.assign(seen, {
      authorization: request.headers.authorization,
      bytes: 0,
      whole: false,
      headers: request.headers,
    })
    seen.calls += 1
    request.on('data', (piece: Buffer) => (seen.bytes += piece.length))
    request.on('end', () => (seen.whole = true))
    answer(request, response)
  })
  await new Promise<void>((ready) => upstream.listen(0, '127.0.0.1', ready))
})
afterAll(() => {
  upstream.closeAllConnections()
  upstream.close()
})

const worker = startWorker(() => ({
  CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/client/v4`,
  CLOUDFLARE_ACCOUNT_ID: accountId,
  CF_API_TOKEN: secret,
  CLOUDFLARE_TIMEOUT_MS: '500',
}))
const path = `/client/v4/accounts/${accountId}/d1/database/11111111-1111-1111-1111-111111111111`

async function client(permissions: string[], resources: string[]): Promise<string> {
  await worker.fetch('/api/policies', { method: 'POST', json: { name: 'p', permissions, resources } })
  const issued = await worker.fetch('/api/tokens', { method: 'POST', json: { name: 'ci', scopes: ['sdk:p'] } })
  return ((await issued.json()) as { token: string }).token
}

test('what Cloudflare refuses or fails at is passed on as it came', async () => {
  answer = (_, response) => response.writeHead(500, { 'cf-ray': 'r', 'set-cookie': 'a=b' }).end('<html>oops</html>')
  const failed = await worker.fetch(path)
  expect([failed.status, await failed.text(), failed.headers.get('cf-ray')]).toEqual([500, '<html>oops</html>', 'r'])
  expect(failed.headers.get('set-cookie')).toBeNull()
  answer = (_, response) => response.writeHead(200).end('{"success":tru')
  expect(await (await worker.fetch(path)).text()).toBe('{"success":tru')
  answer = (_, response) => response.writeHead(302, { location: 'http://elsewhere.example/' }).end()
  expect((await worker.fetch(path, { redirect: 'manual' })).status).toBe(302)
})

test('no answer, a cut connection and a list that is none are told in an envelope', async () => {
  answer = () => undefined
  const late = await worker.fetch(path)
  expect([late.status, await late.json()]).toEqual([504, expect.objectContaining({ success: false })])
  answer = (request) => request.socket.destroy()
  expect((await worker.fetch(path)).status).toBe(502)
  const token = await client(['D1 Read'], ['d1:x'])
  for (const text of ['{"success":true,"resu', 'null', '{"result":5}']) {
    answer = (_, response) => response.end(text)
    const listed = await worker.fetch(`/client/v4/accounts/${accountId}/d1/database`, { token })
    expect([text, listed.status, await listed.json()]).toEqual([text, 502, expect.objectContaining({ success: false })])
  }
})

test('an answer that breaks off breaks off for the client, too', async () => {
  let length = '1000'
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': length }).write('half')
    setTimeout(() => response.destroy(), 50)
  }
  // What is small is had whole before it is answered.
  expect((await worker.fetch(path)).status).toBe(502)
  length = '1000000'
  const { origin } = await worker.server().ready
  // Compressed, the answer would end well: that is Miniflare's doing.
  const headers = { authorization: `Bearer ${root}`, 'accept-encoding': 'identity' }
  const response = await fetch(origin + path, { headers })
  await expect(response.text()).rejects.toThrow('terminated')
})

test('the account’s token goes to Cloudflare, the client’s does not, and neither does what proves who is calling', async () => {
  answer = (_, response) => response.end(ok)
  await worker.fetch(path, {
    headers: {
      'x-auth-email': 'a@example.com',
      'x-auth-key': 'k',
      cookie: 'c=d',
      'x-http-method-override': 'DELETE',
      'cf-connecting-ip': '192.0.2.1',
      'x-stainless-lang': 'js',
      'cf-r2-jurisdiction': 'eu',
    },
  })
  expect(seen.authorization).toBe(`Bearer ${secret}`)
  expect(JSON.stringify(seen.headers)).not.toContain(root)
  for (const name of ['x-auth-email', 'x-auth-key', 'cookie', 'x-http-method-override', 'cf-connecting-ip'])
    expect([name, seen.headers[name]]).toEqual([name, undefined])
  expect(seen.headers).toMatchObject({ 'x-stainless-lang': 'js', 'cf-r2-jurisdiction': 'eu' })
})

test.each([
  [429, { 'retry-after': '2' }],
  [200, { ratelimit: '"default";r=0;t=2' }],
])('after a %d of Cloudflare’s with %j nobody calls until it has passed', async (told, headers) => {
  answer = (_, response) => response.writeHead(told, headers).end('{"success":false,"errors":[{"code":971}]}')
  expect((await worker.fetch(path)).status).toBe(told)
  const before = seen.calls
  answer = (_, response) => response.end(ok)
  const refused = await worker.fetch(path)
  expect([refused.status, seen.calls]).toEqual([429, before])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ errors: [{ code: 971, error_chain: [{ code: 971 }] }] })
  await eventually(
    async () => (await worker.fetch(path)).status,
    (status) => status === 200,
  )
})

const partHead = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`

/** Uploads five megabytes of code with the metadata behind them. */
async function uploadLarge(token: string, metadata: string) {
  const end = `\r\n${partHead('metadata')}${metadata}\r\n--b--\r\n`
  const body = Buffer.concat([Buffer.from(partHead('index.js')), Buffer.alloc(5_000_000, 'x'), Buffer.from(end)])
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': String(body.length) }
  const target = `/client/v4/accounts/${accountId}/workers/scripts/shop`
  const response = await worker.fetch(target, { method: 'PUT', token, headers, body })
  await response.arrayBuffer()
  return { status: response.status, size: body.length }
}

test('of a large upload nothing goes on behind what is refused, and Cloudflare never has it whole', async () => {
  const token = await client(['Workers Scripts Write'], ['script:shop'])
  answer = (request, response) => void request.on('end', () => response.end(ok))
  const allowed = await uploadLarge(token, '{"bindings":[]}')
  expect([allowed.status, seen.bytes, seen.whole]).toEqual([200, allowed.size, true])
  const refused = await uploadLarge(token, '{"bindings":[{"type":"service","name":"X","service":"other"}]}')
  expect([refused.status, seen.whole]).toEqual([403, false])
  expect(seen.bytes).toBeLessThan(refused.size)
})

test('padding hides nothing from who looks into a body that no table describes', async () => {
  const token = await client(['Email Routing Rules Write'], ['zone:*'])
  answer = (request, response) => void request.on('end', () => response.end(ok))
  const rule = { padding: 'x'.repeat(2_000_000), actions: [{ type: 'worker', value: ['other'] }] }
  const response = await worker.fetch('/client/v4/zones/z/email/routing/rules', { method: 'POST', token, json: rule })
  expect([response.status, seen.whole]).toEqual([413, false])
})

test('an address of a tail that nobody was given leads nowhere', async () => {
  const tail = await worker.fetch('/client/v4/tails/forged', { token: null })
  expect([tail.status, await tail.json()]).toEqual([404, expect.objectContaining({ success: false })])
})

test('who calls without end is told to wait before Cloudflare would, and others are not', async () => {
  answer = (_, response) => response.end(ok)
  const loud = await client(['D1 Read'], ['d1:*'])
  const before = seen.calls
  const statuses: number[] = []
  let last: string | null = null
  for (let round = 0; round < 60; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => worker.fetch(path, { token: loud })))
    for (const one of answers) {
      statuses.push(one.status)
      last = one.headers.get('retry-after')
      await one.arrayBuffer()
    }
  }
  const made = seen.calls - before
  expect(statuses.filter((status) => status === 200)).toHaveLength(made)
  expect(made).toBeGreaterThan(700)
  expect(made).toBeLessThanOrEqual(900)
  expect(Number(last)).toBeGreaterThan(0)
  const quiet = await client(['D1 Read'], ['d1:*'])
  expect((await worker.fetch(path, { token: quiet })).status).toBe(200)
  expect((await worker.fetch(path)).status).toBe(200)
})
