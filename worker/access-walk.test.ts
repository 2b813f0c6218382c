import { everyRoute } from './testing-routes.ts'
import { startWorker } from './testing.ts'

const worker = startWorker()

/** What may be called without credentials, written down a second time on purpose. */
const open = [
  'GET /',
  'GET /docs',
  'GET /docs/start.js',
  'GET /docs/*',
  'GET /api/health',
  'GET /api/openapi.json',
  'POST /api/access/github-oidc',
]

test('no route but the public ones answers without credentials', async () => {
  const routes = await everyRoute()
  expect(routes.length).toBeGreaterThan(25)
  for (const { method, path } of routes) {
    const name = `${method} ${path}`
    const target = path.replaceAll(/:\w+/g, 'x').replace('*', 'swagger-ui.css')
    const response = await worker.fetch(target, { method, token: null, redirect: 'manual' })
    await response.arrayBuffer()
    expect([name, response.status === 401]).toEqual([name, !open.includes(name)])
  }
})

test('what no route knows is refused before it is looked for', async () => {
  expect((await worker.fetch('/api/nothing', { token: null })).status).toBe(401)
  expect((await worker.fetch('/api/nothing')).status).toBe(404)
})

test('every answer carries the security headers, and no other site may read it', async () => {
  for (const path of ['/docs', '/api/health', '/api/tokens', '/state/x']) {
    const { headers } = await worker.fetch(path, { token: null, headers: { origin: 'https://evil.example' } })
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('x-request-id')).not.toBeNull()
  }
  const preflight = await worker.fetch('/api/tokens', {
    method: 'OPTIONS',
    token: null,
    headers: { origin: 'https://evil.example' },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([401, null])
})

test('a request that is too large is refused, with and without a length', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(70_000), scopes: ['read'] })
  const stream = new Blob([large]).stream()
  const headers = { 'content-type': 'application/json' }
  expect((await worker.fetch('/api/tokens', { method: 'POST', headers, body: large })).status).toBe(413)
  const chunked = { method: 'POST', headers, body: stream, duplex: 'half' } as const
  expect((await worker.fetch('/api/tokens', chunked as object)).status).toBe(413)
  expect((await worker.fetch('/state/x', { method: 'LOCK', body: large })).status).toBe(413)
})

test.each([
  ['broken JSON', '{', 400],
  ['no JSON', 'hello', 400],
  ['the wrong type', '"text"', 400],
  ['nesting beyond reason', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 400],
])('a body of %s is a clear refusal', async (_, body, status) => {
  const response = await worker.fetch('/api/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(await response.json()).toMatchObject({
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.any(String),
  })
})
