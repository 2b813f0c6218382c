import { startAccount } from '../testing.ts'
import { scriptAt } from './routing.ts'

type Named = { id: string; name: string }

describe('zones', () => {
  const { account } = startAccount()
  const call = <Result = unknown>(method: string, path: string, body?: unknown) =>
    account().call<Result>(method, path, body)
  let zone = ''
  beforeAll(async () => {
    const made = await call<Named>('POST', '/zones', { name: 'Example.com', account: { id: account().accountId } })
    zone = `/zones/${made.result.id}`
    for (const name of ['site', 'images']) {
      const form = new FormData()
      form.append('metadata', JSON.stringify({ main_module: 'i.js', compatibility_date: '2026-07-01' }))
      const code = `export default { fetch: (request) => new Response('${name} ' + new URL(request.url).pathname) }`
      form.append('i.js', new File([code], 'i.js', { type: 'application/javascript+module' }))
      await call('PUT', `${account().base}/workers/scripts/${name}`, form)
    }
  })

  test('are made once, found by name, paused and deleted', async () => {
    expect(await call('GET', zone)).toMatchObject({
      result: { name: 'example.com', status: 'active', type: 'full', plan: { legacy_id: 'free' } },
    })
    expect(await call('POST', '/zones', { name: 'example.com' })).toMatchObject({
      status: 400,
      errors: [{ code: 1061 }],
    })
    expect(await call('POST', '/zones', { name: 'no' })).toMatchObject({ status: 400, errors: [{ code: 1099 }] })
    expect(await call('POST', '/zones', '[')).toMatchObject({ status: 400, errors: [{ code: 1002 }] })
    expect(await call('GET', '/zones?name=example.com&page=1')).toMatchObject({ result: [{ name: 'example.com' }] })
    expect(await call('GET', '/zones?name=example.org')).toMatchObject({ result: [] })
    expect(await call('GET', '/zones?page=2')).toMatchObject({ result: [] })
    expect(await call('PATCH', zone, { paused: true })).toMatchObject({ result: { paused: true } })
    const other = await call<Named>('POST', '/zones', { name: 'example.net' })
    expect(await call('DELETE', `/zones/${other.result.id}`)).toMatchObject({ result: { id: other.result.id } })
    expect(await call('GET', `/zones/${other.result.id}`)).toMatchObject({ status: 404, errors: [{ code: 1001 }] })
  })

  test('keep DNS records that make sense', async () => {
    const records = `${zone}/dns_records`
    const made = await call<Named>('POST', records, { type: 'A', name: 'www', content: '192.0.2.1', proxied: true })
    expect(made.result).toMatchObject({ name: 'www.example.com', ttl: 1, proxiable: true, proxied: true, tags: [] })
    const path = `${records}/${made.result.id}`
    expect(await call('PATCH', path, { content: '192.0.2.2', comment: 'moved' })).toMatchObject({
      result: { content: '192.0.2.2', proxied: true, comment: 'moved' },
    })
    expect(await call('PUT', path, { type: 'A', name: '@', content: '192.0.2.3', ttl: 300 })).toMatchObject({
      result: { name: 'example.com', ttl: 300, proxied: false, comment: null },
    })
    const refused = async (body: object, code: number) =>
      expect(await call('POST', records, body)).toMatchObject({ status: 400, errors: [{ code }] })
    await refused({ type: 'A', name: 'x', content: 'nowhere' }, 9005)
    await refused({ type: 'A', name: '@', content: '192.0.2.3' }, 81_058)
    await refused({ type: 'CNAME', name: '@', content: 'other.example' }, 81_053)
    await refused({ type: 'TXT', name: 'x', content: 't', ttl: 5 }, 9021)
    await refused({ type: 'TXT', name: 'x', content: 't', proxied: true }, 9004)
    await refused({ type: 'MOON', name: 'x', content: 't' }, 9207)
    await call('POST', records, { type: 'MX', name: '@', content: 'mail.example.com', priority: 10 })
    const data = { flags: 0, tag: 'issue', value: 'letsencrypt.org' }
    expect(await call('POST', records, { type: 'CAA', name: '@', data })).toMatchObject({ result: { data } })
    expect(await call('GET', `${records}?type=MX`)).toMatchObject({
      result: [{ priority: 10 }],
      result_info: { total_count: 1 },
    })
    expect(await call('GET', `${records}?name.endswith=example.com&content.contains=192`)).toMatchObject({
      result: [{}],
    })
    expect(await call('DELETE', path)).toMatchObject({ status: 200 })
    expect(await call('GET', path)).toMatchObject({ status: 404, errors: [{ code: 81_044 }] })
  })

  test('lead the most certain route to its script', async () => {
    const routes = `${zone}/workers/routes`
    const add = (pattern: string, script?: string) => call<Named>('POST', routes, { pattern, script })
    const all = await add('example.com/*', 'site')
    expect(all.result).toMatchObject({ pattern: 'example.com/*', script: 'site' })
    await add('*.example.com/images/*', 'images')
    await add('example.com/private/*')
    expect(await add('example.com/*', 'images')).toMatchObject({ status: 409, errors: [{ code: 10_020 }] })
    expect(await add('example.org/*', 'site')).toMatchObject({
      status: 400,
      errors: [{ code: 10_022, message: 'Route pattern must include zone name: example.com' }],
    })
    expect(await add('', 'site')).toMatchObject({ status: 400, errors: [{ code: 10_022 }] })
    expect(await add('example.com/x', 'nobody')).toMatchObject({ status: 404, errors: [{ code: 10_019 }] })
    const { store } = account().cloud
    const script = (host: string, path: string) => scriptAt(store, host, path)
    expect(script('example.com:8788', '/a')).toBe('site')
    expect(script('cdn.example.com', '/images/1')).toBe('images')
    expect(script('cdn.example.com', '/')).toBeNull()
    expect(script('example.com', '/private/1')).toBeNull()
    expect(script('example.org', '/')).toBeNull()
    const one = `${routes}/${all.result.id}`
    expect(await call('PUT', one, { pattern: 'example.com/a*', script: 'images' })).toMatchObject({ status: 200 })
    expect(script('example.com', '/abc')).toBe('images')
    expect(await call('DELETE', one)).toMatchObject({ status: 200 })
    expect(await call('GET', one)).toMatchObject({ status: 404, errors: [{ code: 10_009 }] })
    expect(await call('GET', routes)).toMatchObject({ result: [{}, {}] })
  })

  test('give a hostname to one script', async () => {
    const domains = `${account().base}/workers/domains`
    const made = await call<{ id: string }>('PUT', domains, { hostname: 'app.example.com', service: 'site' })
    expect(made.result).toMatchObject({ hostname: 'app.example.com', zone_name: 'example.com', service: 'site' })
    expect(scriptAt(account().cloud.store, 'app.example.com', '/any')).toBe('site')
    const { result } = await call<{ id: string }>('PUT', domains, { hostname: 'app.example.com', service: 'images' })
    expect(result.id).toBe(made.result.id)
    expect(await call('PUT', domains, { hostname: 'a.example.org', service: 'site' })).toMatchObject({ status: 400 })
    expect(await call('PUT', domains, { hostname: 'a.example.com', service: 'nobody' })).toMatchObject({
      status: 404,
      errors: [{ code: 10_007 }],
    })
    expect(await call('GET', `${domains}?service=images`)).toMatchObject({ result: [{ hostname: 'app.example.com' }] })
    const script = `${account().base}/workers/scripts/site/domains`
    expect(
      await call('POST', `${script}/changeset?replace_state=true`, [{ hostname: 'app.example.com' }]),
    ).toMatchObject({
      result: { added: [], updated: [{ modified: true }] },
    })
    const origins = [{ hostname: 'app.example.com' }]
    expect(await call('PUT', `${script}/records`, { origins })).toMatchObject({
      status: 409,
      errors: [{ code: 100_116 }],
    })
    await call('PUT', `${script}/records`, { origins, override_existing_origin: true })
    expect(await call('GET', `${script}/records`)).toMatchObject({ result: [{ service: 'site' }] })
    expect(await call('DELETE', `${domains}/${made.result.id}`)).toMatchObject({ status: 200 })
    expect(await call('GET', `${domains}/${made.result.id}`)).toMatchObject({
      status: 404,
      errors: [{ code: 100_114 }],
    })
  })
})
