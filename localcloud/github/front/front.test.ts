import { eventually } from '../../../tests/clients/receiver.ts'
import { callLocal } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const now = Date.UTC(2026, 10, 1)
const clock = { at: now }
const { hub } = startHub({ now: () => clock.at })

async function call(path: string, init: RequestInit & { token?: string | null } = {}): Promise<Response> {
  const { token = hub().token, ...rest } = init
  const headers = new Headers(rest.headers)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  return fetch(`${hub().url}/api/v3${path}`, { ...rest, headers, redirect: 'manual' })
}

const local = (method: string, path: string, body: object) => callLocal(hub(), `/${path}`, body, method)

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

beforeAll(async () => {
  const { octokit } = hub()
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'open', auto_init: true })
  await octokit.rest.repos.createForAuthenticatedUser({ name: 'closed', private: true })
})

describe('who calls', () => {
  test('every form of a token is taken', async () => {
    const { token } = hub()
    const forms = [
      `Bearer ${token}`,
      `bearer ${token}`,
      `token ${token}`,
      basic(`owner:${token}`),
      basic(`${token}:x-oauth-basic`),
      basic(`${token}:`),
    ]
    for (const authorization of forms) {
      const response = await call('/user', { token: null, headers: { authorization } })
      expect(response.status).toBe(200)
    }
  })

  test.each(['Bearer ghp_wrong', 'Bearer', 'nonsense', 'Basic eA=='])(
    '%p is bad credentials',
    async (authorization) => {
      const response = await call('/user', { token: null, headers: { authorization } })
      expect(response.status).toBe(401)
      expect(response.headers.get('x-ratelimit-limit')).toBe('60')
      expect(await response.json()).toEqual({
        message: 'Bad credentials',
        documentation_url: expect.any(String),
        status: '401',
      })
    },
  )

  test('without a token public things are read, private ones do not exist, and nothing is written', async () => {
    const open = await call('/repos/owner/open', { token: null })
    expect(open.status).toBe(200)
    expect(open.headers.get('x-ratelimit-limit')).toBe('60')
    expect((await call('/repos/owner/closed', { token: null })).status).toBe(404)
    expect((await call('/user', { token: null })).status).toBe(401)
    expect(
      (await call('/repos/owner/open/issues', { token: null, method: 'POST', body: '{"title":"x"}' })).status,
    ).toBe(401)
  })

  test('a token may do what its scopes say, and no more', async () => {
    const { token } = (await (await local('POST', 'tokens', { login: 'owner', scopes: ['public_repo'] })).json()) as {
      token: string
    }
    const self = await call('/user', { token })
    expect(self.headers.get('x-oauth-scopes')).toBe('public_repo')
    expect(await self.json()).not.toHaveProperty('plan')
    expect((await call('/repos/owner/closed', { token })).status).toBe(404)
    expect((await call('/repos/owner/open', { token, method: 'DELETE' })).status).toBe(403)
    expect((await call('/repos/owner/open/labels', { token, method: 'POST', body: '{"name":"fine"}' })).status).toBe(
      201,
    )
  })

  test('a token ends when it expires', async () => {
    const expires_at = new Date(now + 60_000).toISOString()
    const { token } = (await (await local('POST', 'tokens', { login: 'owner', expires_at })).json()) as {
      token: string
    }
    const early = await call('/user', { token })
    expect(early.status).toBe(200)
    expect(early.headers.get('github-authentication-token-expiration')).toBe('2026-11-01 00:01:00 UTC')
    clock.at = now + 60_000
    expect((await call('/user', { token })).status).toBe(401)
    clock.at = now
  })

  test('other people’s repositories are theirs', async () => {
    await local('POST', 'users', { login: 'mallory' })
    const { token } = (await (await local('POST', 'tokens', { login: 'mallory' })).json()) as { token: string }
    expect((await call('/repos/owner/closed', { token })).status).toBe(404)
    expect((await call('/repos/owner/open', { token, method: 'PATCH', body: '{}' })).status).toBe(403)
    expect((await call('/repos/owner/open/hooks', { token })).status).toBe(403)
    expect((await call('/user/repos', { token })).headers.get('content-length')).toBe('2')
    expect(
      (await fetch(`${hub().url}/_local/limits`, { method: 'PUT', headers: { authorization: `Bearer ${token}` } }))
        .status,
    ).toBe(404)
  })
})

describe('what is asked', () => {
  test.each([
    ['{"title"', 400, 'Problems parsing JSON'],
    ['[]', 400, 'Body should be a JSON object'],
    ['{}', 422, 'Invalid request.\n\n"title" wasn\'t supplied.'],
    ['{"title":null}', 422, "Invalid request.\n\nFor 'properties/title', nil matches none of the possible forms."],
    ['{"title":"x","labels":7}', 422, "Invalid request.\n\nFor 'properties/labels', 7 is not an array."],
    ['{"title":"x","milestone":1e99}', 422, 'Validation Failed'],
    ['{"title":"x","body":7}', 422, "Invalid request.\n\nFor 'properties/body', 7 is not a string."],
  ])('%s is refused', async (body, status, message) => {
    const response = await call('/repos/owner/open/issues', { method: 'POST', body })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ message, status: String(status) })
  })

  test('what is wrong with a value is told by field', async () => {
    const response = await call('/repos/owner/open/issues', { method: 'POST', body: '{"title":" "}' })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      message: 'Validation Failed',
      errors: [{ resource: 'Issue', code: 'missing_field', field: 'title' }],
    })
  })

  test.each([
    '/nothing',
    '/repos/owner/nothing',
    '/repos/owner/open/issues/99',
    '/repos/owner/open/issues/x',
    '/users/nobody',
    '/%zz',
    '/repos/owner/%zz',
    '/repos/owner/open/contents/a%00b',
  ])('%s is not found', async (path) => {
    const response = await call(path)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      message: 'Not Found',
      documentation_url: expect.any(String),
      status: '404',
    })
  })

  test('an address that says nothing is not found, and the next one is answered', async () => {
    for (const path of ['/%zz', '/owner/%zz.git/info/refs', '//', '/api/v3/%'])
      expect((await fetch(`${hub().url}${path}`)).status).toBe(404)
    expect((await call('/user')).status).toBe(200)
  })

  test('an unknown version of the API is refused', async () => {
    const response = await call('/user', { headers: { 'x-github-api-version': '1999-01-01' } })
    expect(response.status).toBe(400)
    const known = await call('/user', { headers: { 'x-github-api-version': '2022-11-28' } })
    expect(known.headers.get('x-github-api-version-selected')).toBe('2022-11-28')
  })
})

describe('what is answered', () => {
  test('every answer says who it is', async () => {
    const { headers } = await call('/user')
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('x-github-request-id')).toMatch(/^[0-9A-F]+(:[0-9A-F]+){4}$/)
    expect(headers.get('x-github-media-type')).toBe('github.v3; format=json')
    expect(headers.get('x-ratelimit-resource')).toBe('core')
  })

  test('what has not changed is not sent again, and costs nothing', async () => {
    const first = await call('/repos/owner/open')
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^W\/"[0-9a-f]{64}"$/)
    const left = first.headers.get('x-ratelimit-remaining')
    const again = await call('/repos/owner/open', { headers: { 'if-none-match': tag } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    expect(again.headers.get('etag')).toBe(tag)
    await hub().octokit.rest.repos.update({ owner: 'owner', repo: 'open', description: 'changed' })
    const changed = await call('/repos/owner/open', { headers: { 'if-none-match': tag } })
    expect(changed.status).toBe(200)
    expect(Number(changed.headers.get('x-ratelimit-remaining'))).toBe(Number(left) - 2)
  })

  test('HEAD answers as GET without a body', async () => {
    const response = await call('/repos/owner/open', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('etag')).toMatch(/^W\//)
    expect(await response.text()).toBe('')
  })

  test('a repository is found by its number too', async () => {
    const { id } = (await (await call('/repos/owner/open')).json()) as { id: number }
    const response = await call(`/repositories/${id}/labels?per_page=1`)
    expect(response.status).toBe(200)
    expect(response.headers.get('link')).toContain('rel="next"')
  })
})

describe('faults on request', () => {
  test('the API fails as often as asked, and then no more', async () => {
    await local('PUT', 'faults/api', { status: 502, times: 2, path: '/labels' })
    const statuses = []
    for (let turn = 0; turn < 3; turn += 1) statuses.push((await call('/repos/owner/open/labels')).status)
    expect(statuses).toEqual([502, 502, 200])
    await local('PUT', 'faults/api', { kind: 'secondary', status: 429, times: 1, retry_after: 7 })
    const limited = await call('/user')
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('7')
    expect(await limited.text()).toContain('You have exceeded a secondary rate limit.')
    await local('PUT', 'faults/api', { kind: 'primary', status: 403, times: 1, retry_after: 9 })
    const spent = await call('/user')
    expect([spent.status, spent.headers.get('x-ratelimit-remaining')]).toEqual([403, '0'])
    expect(spent.headers.get('x-ratelimit-reset')).toBe(String(now / 1000 + 9))
    expect(await spent.text()).toContain('API rate limit exceeded for')
  })

  test('a limit begins anew with its hour', async () => {
    await local('PUT', 'limits', { authenticated: 1, anonymous: 1 })
    const first = await call('/user')
    expect([first.status, (await call('/user')).status]).toEqual([200, 403])
    expect((await call('/rate_limit')).status).toBe(200)
    clock.at = Number(first.headers.get('x-ratelimit-reset')) * 1000
    await eventually(async () => ((await call('/user')).status === 200 ? true : null))
    await local('PUT', 'limits', { authenticated: 5000, anonymous: 60 })
    clock.at = now
  })
})
