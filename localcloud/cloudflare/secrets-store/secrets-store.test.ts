import { startAccount } from '../testing.ts'

type Named = { id: string; name: string }

const secret = (name: string, more = {}) => ({ name, value: 'v', scopes: ['workers'], ...more })

describe('the Secrets Store', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/secrets_store`
  const call = <Result = unknown>(method: string, path: string, body?: unknown) =>
    account().call<Result>(method, `${base()}${path}`, body)
  let stores = ''
  beforeAll(async () => {
    stores = `/stores/${(await call<Named>('POST', '/stores', { name: 'default' })).result.id}/secrets`
  })

  test('has room for one store, which goes with its secrets only by force', async () => {
    expect(await call('POST', '/stores', { name: 'second' })).toMatchObject({
      status: 409,
      errors: [{ code: 1003, message: 'maximum_stores_exceeded' }],
    })
    expect(await call('GET', '/stores?per_page=10&page=1')).toMatchObject({
      result: [{ name: 'default', account_id: account().accountId }],
      result_info: { total_count: 1 },
    })
    expect(await call('GET', '/stores?page=2')).toMatchObject({ result: [] })
    await call('POST', stores, [secret('held')])
    const one = stores.replace('/secrets', '')
    expect(await call('DELETE', one)).toMatchObject({ status: 409, errors: [{ message: 'store_not_empty' }] })
    expect(await call('DELETE', `${one}?force=true`)).toMatchObject({ status: 200 })
    expect(await call('GET', one)).toMatchObject({ status: 404, errors: [{ code: 1001, message: 'store_not_found' }] })
    stores = `/stores/${(await call<Named>('POST', '/stores', [{ name: 'default' }])).result.id ?? ''}/secrets`
    const { result } = await call<Named[]>('GET', '/stores')
    stores = `/stores/${result[0]?.id}/secrets`
  })

  test('never shows a value, stores a list as a whole, and counts to 100', async () => {
    const made = await call<Named[]>('POST', stores, [secret('a', { comment: 'first' }), secret('b')])
    expect(made).toMatchObject({ result: [{ name: 'a', comment: 'first', status: 'active', scopes: ['workers'] }, {}] })
    expect(JSON.stringify(made)).not.toContain('"value"')
    expect(await call('POST', stores, [secret('c'), secret('a')])).toMatchObject({
      status: 409,
      errors: [{ code: 1003, message: 'secret_name_already_exists' }],
    })
    expect(await call('GET', `${stores}?search=c`)).toMatchObject({ result: [] })
    expect(await call('GET', `${stores}?order=name&direction=asc&scopes=workers`)).toMatchObject({
      result: [{ name: 'a' }, { name: 'b' }],
    })
    const many = Array.from({ length: 99 }, (_, index) => secret(`many-${index}`))
    expect(await call('POST', stores, many)).toMatchObject({ errors: [{ message: 'maximum_secrets_exceeded' }] })
    expect(await call('GET', '/quota')).toMatchObject({ result: { secrets: { quota: 100, usage: 2 } } })
    const rest = await call<Named[]>('POST', stores, many.slice(1))
    const full = { status: 409, errors: [{ message: 'maximum_secrets_exceeded' }] }
    expect(await call('POST', stores, [secret('one-more')])).toMatchObject(full)
    expect(await call('GET', '/quota')).toMatchObject({ result: { secrets: { quota: 100, usage: 100 } } })
    expect(await call('GET', `${stores}?search=one-more`)).toMatchObject({ result: [] })
    await call(
      'DELETE',
      stores,
      rest.result.map(({ id }) => ({ id })),
    )
  })

  test.each([
    ['secret_name_empty', [{ name: '', value: 'v', scopes: ['workers'] }]],
    ['secret_name_invalid', [{ name: 'a b', value: 'v', scopes: ['workers'] }]],
    ['secret_scopes_empty', [{ name: 'x', value: 'v', scopes: [] }]],
    ['secret_scope_invalid', [{ name: 'x', value: 'v', scopes: ['moon'] }]],
    ['secret_value_too_long', [{ name: 'x', value: 'v'.repeat(65_537), scopes: ['workers'] }]],
    ['invalid_json_body', { name: 'x' }],
    ['invalid_json_body', '['],
  ])('refuses %s', async (message, body) => {
    expect(await call('POST', stores, body)).toMatchObject({ status: 400, errors: [{ code: 1001, message }] })
  })

  test('secrets are changed, copied and removed', async () => {
    const { result } = await call<Named[]>('POST', stores, [secret('old', { value: 'one' })])
    const path = `${stores}/${result[0]?.id}`
    expect(await call('PATCH', path, { comment: 'new' })).toMatchObject({ result: { name: 'old', comment: 'new' } })
    const copy = { name: 'copy', scopes: ['workers', 'ai_gateway'] }
    const { result: copied } = await call<Named>('POST', `${path}/duplicate`, copy)
    expect(copied).toMatchObject(copy)
    expect(await call('POST', `${path}/duplicate`, copy)).toMatchObject({ status: 409 })
    expect(await call('DELETE', path)).toMatchObject({ status: 202 })
    expect(await call('GET', path)).toMatchObject({ status: 404, errors: [{ message: 'secret_not_found' }] })
    expect(await call('DELETE', stores, [{ id: copied.id }, 'nobody'])).toMatchObject({ status: 404 })
    expect(await call('DELETE', stores, [{ id: copied.id }])).toMatchObject({ status: 202 })
    expect(await call('DELETE', stores)).toMatchObject({ errors: [{ message: 'invalid_json_body' }] })
  })

  test('a script reads a rotated value without a new deploy', async () => {
    await call('POST', stores, [secret('rotating', { value: 'first' })])
    const { result } = await call<Named[]>('GET', `${stores}?search=rotating`)
    const form = new FormData()
    const store_id = stores.split('/')[2]
    const bindings = [{ type: 'secrets_store_secret', name: 'SECRET', store_id, secret_name: 'rotating' }]
    form.append('metadata', JSON.stringify({ main_module: 'i.js', compatibility_date: '2026-07-01', bindings }))
    const code = 'export default { fetch: async (_, env) => new Response(await env.SECRET.get()) }'
    form.append('i.js', new File([code], 'i.js', { type: 'application/javascript+module' }))
    await account().call('PUT', `${account().base}/workers/scripts/reader`, form)
    const read = async () => (await fetch(`${account().url}/workers/reader/`)).text()
    expect(await read()).toBe('first')
    await call('PATCH', `${stores}/${result[0]?.id}`, { value: 'second' })
    expect(await read()).toBe('second')
  })
})
