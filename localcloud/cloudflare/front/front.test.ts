import { deploy, startAccount, uploadForm, visit } from '../testing.ts'

describe('every call', () => {
  const { account } = startAccount()

  test('names an unknown path and a wrong method as Cloudflare does', async () => {
    const unknown = await account().call('GET', '/nothing/here')
    expect(unknown).toMatchObject({ status: 404, success: false, errors: [{ code: 7003 }, { code: 7000 }] })
    const wrong = await account().call('DELETE', '/accounts')
    expect(wrong).toMatchObject({ status: 405, errors: [{ code: 7001 }] })
  })

  test('carries a ray, what is left of the limit, and an audit id when it changes something', async () => {
    const { headers } = await account().call('GET', '/user')
    expect(headers.get('cf-ray')).toMatch(/^[0-9a-f]{16}-[A-Z]{3}$/)
    expect(headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/)
    expect(headers.get('cf-auditlog-id')).toBeNull()
    const changed = await account().call('PUT', account().base, { name: 'Renamed' })
    expect(changed.headers.get('cf-auditlog-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('refuses a missing, a wrong and a malformed token', async () => {
    const as = (authorization: string) => account().call('GET', '/accounts', undefined, { headers: { authorization } })
    const missing = await fetch(`${account().url}/client/v4/accounts`)
    expect(missing.status).toBe(401)
    expect(await as('Bearer 0000000000000000000000000000000000000000')).toMatchObject({
      status: 401,
      errors: [{ code: 10_000, message: 'Authentication error' }],
    })
    expect(await as('Token x')).toMatchObject({ status: 400, errors: [{ code: 6003 }] })
  })

  test('knows no other account', async () => {
    const other = await account().call('GET', `/accounts/${'0'.repeat(32)}/workers/scripts`)
    expect(other).toMatchObject({ status: 403, errors: [{ code: 10_000 }] })
    const malformed = await account().call('GET', '/accounts/mine/workers/scripts')
    expect(malformed).toMatchObject({ status: 404, errors: [{ code: 7003 }, { code: 7000 }] })
  })

  test('is written down, and fails when that was asked for', async () => {
    const { faults, log } = account().around
    log.clear()
    faults.set([{ path: '/user', times: 1, delay_ms: 0, status: 503, code: 10_002, message: 'Out of order' }])
    expect(await account().call('GET', '/user')).toMatchObject({ status: 503, errors: [{ code: 10_002 }] })
    expect(await account().call('GET', '/user?x=1')).toMatchObject({ status: 200 })
    expect(log.list().map(({ path, status }) => [path, status])).toEqual([
      ['/user', 503],
      ['/user?x=1', 200],
    ])
    faults.set([{ path: '/user', times: 1, delay_ms: 0, status: 0, code: 1, message: '' }])
    await expect(account().call('GET', '/user')).rejects.toThrow('fetch failed')
  })

  test('is refused for five minutes after 1,200 when the limit is on', async () => {
    const { limit } = account().around
    limit.clear()
    limit.enforced = true
    for (let call = 0; call < 1200; call += 1) limit.count('somebody', 1000)
    expect(() => limit.count('somebody', 2000)).toThrow('Please wait')
    expect(() => limit.count('somebody', 301_500)).toThrow('Please wait')
    expect(limit.count('somebody', 302_001)).toMatchObject({ ratelimit: '"default";r=1199;t=300' })
    limit.enforced = false
  })

  test('has all its calls left when the limit is off: clients heed what the header says', async () => {
    const { limit } = account().around
    for (let call = 0; call < 1300; call += 1) limit.count('somebody', 1000)
    expect(limit.count('somebody', 2000)).toMatchObject({ ratelimit: '"default";r=1200;t=300' })
    expect((await account().call('GET', '/user')).headers.get('ratelimit')).toBe('"default";r=1200;t=300')
  })
})

describe('the limit of calls', () => {
  let at = Date.UTC(2026, 0, 1)
  const { account } = startAccount({ limitCalls: true, now: () => at })

  test('lets a token make 1,200 in five minutes, then refuses it alone, for five minutes', async () => {
    const [group] = (await account().call<{ id: string }[]>('GET', '/user/tokens/permission_groups')).result
    const resources = { [`com.cloudflare.api.account.${account().accountId}`]: '*' }
    const policies = [{ effect: 'allow', resources, permission_groups: [{ id: group?.id }] }]
    const { result } = await account().call<{ value: string }>('POST', '/user/tokens', { name: 'other', policies })
    const headers = { authorization: `Bearer ${result.value}` }
    const ask = () => account().call('GET', '/user/tokens/verify', undefined, { headers })
    for (let round = 0; round < 24; round += 1) {
      const replies = await Promise.all(Array.from({ length: 50 }, ask))
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    }
    const databases = `${account().base}/d1/database`
    const refused = await account().call('POST', databases, { name: 'no' }, { headers })
    expect(refused).toMatchObject({ status: 429, errors: [{ code: 971 }], result: null })
    expect(refused.headers.get('retry-after')).toBe('300')
    expect(refused.headers.get('ratelimit')).toBe('"default";r=0;t=300')
    expect(await account().call('GET', databases)).toMatchObject({ status: 200, result: [] })
    at += 299_000
    expect((await ask()).status).toBe(429)
    at += 2000
    expect((await ask()).status).toBe(200)
  })
})

describe('what only the local account has', () => {
  const { account } = startAccount()
  const local = (method: string, path: string, body?: unknown, token = account().token) =>
    fetch(`${account().url}/_local${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })

  test('is the owner’s alone: the log of calls, faults and the limit', async () => {
    expect((await local('GET', '/requests', undefined, 'x')).status).toBe(401)
    await local('DELETE', '/requests')
    await local('PUT', '/faults', [{ path: '/accounts', status: 503, retry_after: 7 }])
    const failed = await account().call('GET', '/accounts')
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '7'])
    const { result } = (await (await local('GET', '/requests')).json()) as { result: object[] }
    expect(result).toMatchObject([{ method: 'GET', path: '/accounts', status: 503 }])
    expect(await (await local('PUT', '/limit', { enforced: true })).json()).toMatchObject({
      result: { enforced: true },
    })
  })

  test('calls scripts of dispatch namespaces, for who may dispatch', async () => {
    const { store, runtime } = account().cloud
    await deploy(
      account(),
      'tenant',
      `export default { fetch: (request) => new Response(new URL(request.url).pathname) }`,
    )
    store.run("update scripts set namespace = 'apps' where name = 'tenant'")
    await runtime.apply()
    const ask = (name: string, token: string) =>
      fetch(`${account().url}/_local/dispatch/apps/${name}/a/b`, { headers: { 'throughline-dispatch': token } })
    expect((await ask('tenant', 'x')).status).toBe(401)
    expect(await (await ask('tenant', account().token)).text()).toBe('/a/b')
    const missing = await ask('nobody', account().token)
    expect([missing.status, missing.headers.get('throughline-dispatch')]).toEqual([404, 'missing'])
    expect((await visit(account(), 'tenant')).status).toBe(404)
  })

  test('lets a script dispatch to others by name', async () => {
    const { store } = account().cloud
    store.run("insert into dispatch_namespaces values ('n1', 'apps', 0, 0, '{}')")
    const code = `export default { async fetch(request, env) {
      try { return await env.APPS.get(new URL(request.url).pathname.slice(1)).fetch('http://x/deep', { method: 'POST' }) }
      catch (error) { return new Response(error.message) }
    } }`
    await deploy(account(), 'door', code, {
      bindings: [{ type: 'dispatch_namespace', name: 'APPS', namespace: 'apps' }],
    })
    expect(await (await visit(account(), 'door', '/tenant')).text()).toBe('/deep')
    expect(await (await visit(account(), 'door', '/nobody')).text()).toBe('Worker not found.')
  })
})

describe('a token', () => {
  const { account } = startAccount()

  test('that may only read scripts cannot change them', async () => {
    const { result: groups } = await account().call<{ id: string }[]>(
      'GET',
      '/user/tokens/permission_groups?name=Workers%20Scripts%20Read',
    )
    const resources = { [`com.cloudflare.api.account.${account().accountId}`]: '*' }
    const { result } = await account().call<{ value: string }>('POST', '/user/tokens', {
      name: 'reader',
      policies: [{ effect: 'allow', resources, permission_groups: groups.map(({ id }) => ({ id })) }],
    })
    const headers = { authorization: `Bearer ${result.value}` }
    const scripts = `${account().base}/workers/scripts`
    expect(await account().call('GET', scripts, undefined, { headers })).toMatchObject({ status: 200, result: [] })
    const denied = await account().call('PUT', `${scripts}/x`, uploadForm('export default { fetch() {} }'), { headers })
    expect(denied).toMatchObject({ status: 403, errors: [{ code: 10_000, message: 'Authentication error' }] })
    const elsewhere = await account().call('GET', `${account().base}/storage/kv/namespaces`, undefined, { headers })
    expect(elsewhere).toMatchObject({ status: 403, errors: [{ code: 10_000 }] })
  })
})
