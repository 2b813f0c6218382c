import { deploy, startAccount, visit } from '../testing.ts'

type Named = { id: string; title: string; supports_url_encoding: boolean }

describe('KV', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/storage/kv/namespaces`
  const make = async (title: string) => {
    const { result } = await account().call<Named>('POST', base(), { title })
    return `${base()}/${result.id}`
  }
  const value = async (path: string) => {
    const response = await fetch(`${account().url}/client/v4${path}`, {
      headers: { authorization: `Bearer ${account().token}` },
    })
    return { status: response.status, text: await response.text(), headers: response.headers }
  }

  test('namespaces are made, listed, renamed and removed', async () => {
    const made = await account().call<Named>('POST', base(), { title: 'first' })
    expect(made.result).toMatchObject({ title: 'first', supports_url_encoding: true })
    expect(made.result.id).toMatch(/^[0-9a-f]{32}$/)
    expect(await account().call('POST', base(), { title: 'first' })).toMatchObject({
      status: 400,
      errors: [
        {
          code: 10_014,
          message: "create namespace: 'a namespace with this account ID and title already exists'",
        },
      ],
    })
    expect(await account().call('POST', base(), { title: '' })).toMatchObject({ errors: [{ code: 10_019 }] })
    expect(await account().call('POST', base(), 'not json')).toMatchObject({ status: 400, errors: [{ code: 10_012 }] })
    const path = `${base()}/${made.result.id}`
    expect(await account().call('PUT', path, { title: 'renamed' })).toMatchObject({ status: 200 })
    expect(await account().call('GET', path)).toMatchObject({ result: { title: 'renamed' } })
    const listed = await account().call<Named[]>('GET', `${base()}?per_page=1000&order=title&direction=asc`)
    expect(listed).toMatchObject({ result: [{ title: 'renamed' }], result_info: { page: 1, total_count: 1 } })
    expect(await account().call('GET', `${base()}?page=2`)).toMatchObject({ result: [] })
    expect(await account().call('DELETE', path)).toMatchObject({ status: 200, result: null })
    expect(await account().call('DELETE', path)).toMatchObject({ status: 404, errors: [{ code: 10_013 }] })
    expect(await account().call('GET', `${base()}/nope/keys`)).toMatchObject({
      status: 400,
      errors: [{ code: 10_011 }],
    })
  })

  test('a namespace that a deployed script binds stays until the script lets go of it', async () => {
    const path = await make('bound')
    const id = path.slice(-32)
    await account().call('PUT', `${path}/values/key`, 'kept')
    const code = `export default { fetch: async (_, env) => new Response(await env.KV?.get('key')) }`
    await deploy(account(), 'binder', code, { bindings: [{ type: 'kv_namespace', name: 'KV', namespace_id: id }] })
    expect(await account().call('DELETE', path)).toMatchObject({
      status: 400,
      errors: [{ code: 10_052, message: "remove namespace: 'namespace has associated scripts: binder'" }],
    })
    expect(await account().call('GET', path)).toMatchObject({ status: 200, result: { title: 'bound' } })
    expect(await (await visit(account(), 'binder')).text()).toBe('kept')
    await deploy(account(), 'binder', code)
    expect(await account().call('DELETE', path)).toMatchObject({ status: 200 })
    expect(await account().call('GET', path)).toMatchObject({ status: 404, errors: [{ code: 10_013 }] })
  })

  test('values are bytes under any key, with metadata and an end', async () => {
    const path = await make('values')
    const key = encodeURIComponent('a/b c:ü%2F?#')
    await account().call('PUT', `${path}/values/${key}`, 'plain')
    expect(await value(`${path}/values/${key}`)).toMatchObject({ status: 200, text: 'plain' })
    const form = new FormData()
    form.append('value', new Blob([new Uint8Array([0, 255, 1])]))
    form.append('metadata', '{"kind":"bytes"}')
    const until = Math.floor(Date.now() / 1000) + 3600
    await account().call('PUT', `${path}/values/bytes?expiration=${until}`, form)
    const bytes = await value(`${path}/values/bytes`)
    expect(bytes.headers.get('expiration')).toBe(String(until))
    expect(await account().call('GET', `${path}/metadata/bytes`)).toMatchObject({ result: { kind: 'bytes' } })
    expect(await account().call('GET', `${path}/metadata/${key}`)).toMatchObject({ result: null })
    const { result } = await account().call<object[]>('GET', `${path}/keys`)
    expect(result).toEqual([
      { name: 'a/b c:ü%2F?#' },
      { name: 'bytes', expiration: until, metadata: { kind: 'bytes' } },
    ])
    await account().call('DELETE', `${path}/values/bytes`)
    expect(await account().call('GET', `${path}/values/bytes`)).toMatchObject({
      status: 404,
      errors: [{ code: 10_009, message: "get: 'key not found'" }],
    })
    expect(await account().call('DELETE', `${path}/values/bytes`)).toMatchObject({ status: 200 })
  })

  test('refuses keys, values and lifetimes as the real service does', async () => {
    const path = await make('refusals')
    const put = (key: string, body: string | FormData = 'x') => account().call('PUT', `${path}/values/${key}`, body)
    expect(await put('k'.repeat(600))).toMatchObject({
      status: 414,
      errors: [{ code: 10_030, message: "put: 'UTF-8 encoded length of 600 exceeds key length limit of 512.'" }],
    })
    expect(await put('k?expiration_ttl=30')).toMatchObject({
      status: 400,
      errors: [{ code: 10_034, message: "put: 'Invalid expiration_ttl of 30. Expiration TTL must be at least 60.'" }],
    })
    expect(await put('k?expiration_ttl=soon')).toMatchObject({ status: 400, errors: [{ code: 10_034 }] })
    expect(await put('k?expiration=1')).toMatchObject({ status: 400, errors: [{ code: 10_033 }] })
    expect(await put('k', 'x'.repeat(25 * 1024 * 1024 + 1))).toMatchObject({ status: 413, errors: [{ code: 10_024 }] })
    const form = new FormData()
    form.append('value', 'x')
    form.append('metadata', '{')
    expect(await put('k', form)).toMatchObject({ status: 400, errors: [{ code: 10_147 }] })
    expect(await account().call('GET', `${path}/keys?limit=9`)).toMatchObject({ errors: [{ code: 10_028 }] })
    expect(await account().call('GET', `${path}/keys`)).toMatchObject({ result: [] })
    const missing = `${base()}/${'0'.repeat(32)}`
    expect(await account().call('PUT', `${missing}/values/k`, 'x')).toMatchObject({
      status: 404,
      errors: [{ code: 10_013, message: "put: 'namespace not found'" }],
    })
  })

  test('keys are listed by prefix and page by page', async () => {
    const path = await make('lists')
    const pairs = Array.from({ length: 25 }, (_, index) => ({ key: `k${String(index).padStart(2, '0')}`, value: 'v' }))
    await account().call('PUT', `${path}/bulk`, [...pairs, { key: 'other', value: 'v' }])
    const first = await account().call<object[]>('GET', `${path}/keys?prefix=k&limit=20`)
    expect(first.result).toHaveLength(20)
    const { cursor } = first.result_info ?? {}
    const second = await account().call('GET', `${path}/keys?prefix=k&limit=20&cursor=${String(cursor)}`)
    expect(second).toMatchObject({ result: pairs.slice(20).map(({ key }) => ({ name: key })) })
    expect(second.result_info).toEqual({ count: 5, cursor: '' })
  })

  test('many pairs are written, read and removed at once, or none', async () => {
    const path = await make('bulk')
    const pairs = [
      { key: 'text', value: 'one', metadata: { n: 1 }, expiration_ttl: 600 },
      { key: 'bytes', value: Buffer.from('two').toString('base64'), base64: true },
    ]
    expect(await account().call('PUT', `${path}/bulk`, pairs)).toMatchObject({
      result: { successful_key_count: 2, unsuccessful_keys: [] },
    })
    const read = await account().call('POST', `${path}/bulk/get`, { keys: ['text', 'bytes', 'none'] })
    expect(read).toMatchObject({ result: { values: { text: 'one', bytes: 'two', none: null } } })
    const described = await account().call('POST', `${path}/bulk/get`, { keys: ['text'], withMetadata: true })
    expect(described).toMatchObject({
      result: { values: { text: { value: 'one', metadata: { n: 1 }, expiration: expect.any(Number) } } },
    })
    expect(await account().call('POST', `${path}/bulk/get`, { keys: [] })).toMatchObject({ errors: [{ code: 10_029 }] })
    const bad = [
      { key: 'good', value: 'x' },
      { key: 'bad', value: 'x', expiration_ttl: 1 },
    ]
    expect(await account().call('PUT', `${path}/bulk`, bad)).toMatchObject({ status: 400, errors: [{ code: 10_034 }] })
    expect(await account().call('GET', `${path}/values/good`)).toMatchObject({ status: 404 })
    expect(await account().call('PUT', `${path}/bulk`, { body: [] })).toMatchObject({ errors: [{ code: 10_012 }] })
    const many = Array.from({ length: 10_001 }, (_, index) => ({ key: `k${index}`, value: '' }))
    expect(await account().call('PUT', `${path}/bulk`, many)).toMatchObject({ errors: [{ code: 10_029 }] })
    await account().call('POST', `${path}/bulk/delete`, ['text', 'never there'])
    expect(await account().call('GET', `${path}/keys`)).toMatchObject({ result: [{ name: 'bytes' }] })
    await account().call('DELETE', `${path}/bulk`, ['bytes'])
    expect(await account().call('GET', `${path}/keys`)).toMatchObject({ result: [] })
  })
})
