import { startAccount } from '../testing.ts'

describe('dispatch namespaces', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/workers/dispatch/namespaces`
  const call = <Result = unknown>(method: string, path: string, body?: unknown) =>
    account().call<Result>(method, `${base()}${path}`, body)
  const upload = (path: string, code: string, metadata: object = {}) => {
    const form = new FormData()
    form.append('metadata', JSON.stringify({ main_module: 'i.js', compatibility_date: '2026-07-01', ...metadata }))
    form.append('i.js', new File([code], 'i.js', { type: 'application/javascript+module' }))
    return account().call('PUT', `${account().base}/workers/${path}`, form)
  }
  const hello = `export default { fetch: (request, env) => new Response('hello ' + (env.WHO ?? 'nobody')) }`

  test('are made once, renamed, trusted and deleted with their scripts', async () => {
    const made = await call('POST', '', { name: 'first' })
    expect(made).toMatchObject({ result: { namespace_name: 'first', script_count: 0, trusted_workers: false } })
    expect(await call('POST', '', { name: 'first' })).toMatchObject({ status: 409, errors: [{ code: 100_120 }] })
    expect(await call('POST', '', { name: 'a~b' })).toMatchObject({ status: 400 })
    expect(await call('PATCH', '/first', { trusted_workers: true })).toMatchObject({
      result: { trusted_workers: true },
    })
    await upload('dispatch/namespaces/first/scripts/one', hello)
    expect(await call('PUT', '/first', { name: 'second' })).toMatchObject({
      result: { namespace_name: 'second', script_count: 1, trusted_workers: true },
    })
    expect(await call('GET', '')).toMatchObject({ result: [{ namespace_name: 'second' }] })
    expect(await call('DELETE', '/second')).toMatchObject({ status: 200 })
    expect(await call('GET', '/second')).toMatchObject({ status: 404, errors: [{ code: 100_119 }] })
    expect(await call('GET', '/second/scripts')).toMatchObject({ status: 404, errors: [{ code: 100_119 }] })
  })

  test('hold scripts with code, secrets, settings and tags of their own', async () => {
    await call('POST', '', { name: 'tenants' })
    const metadata = { tags: ['free'], bindings: [{ type: 'plain_text', name: 'WHO', text: 'world' }] }
    expect(await upload('dispatch/namespaces/tenants/scripts/one', hello, metadata)).toMatchObject({ success: true })
    await upload('dispatch/namespaces/tenants/scripts/two', hello)
    expect(await call('GET', '/tenants/scripts')).toMatchObject({
      result: [{ script: { id: 'one' } }, { script: { id: 'two' } }],
    })
    expect(await call('GET', '/tenants/scripts?tags=free:yes')).toMatchObject({ result: [{ script: { id: 'one' } }] })
    expect(await call('GET', '/tenants/scripts/one')).toMatchObject({ result: { dispatch_namespace: 'tenants' } })
    expect(await call('GET', '/tenants/scripts/none')).toMatchObject({ status: 404, errors: [{ code: 10_092 }] })
    expect(await call('GET', '/tenants/scripts/none/settings')).toMatchObject({ errors: [{ code: 10_007 }] })
    await call('PUT', '/tenants/scripts/one/secrets', { name: 'KEY', text: 'x', type: 'secret_text' })
    expect(await call('GET', '/tenants/scripts/one/secrets')).toMatchObject({ result: [{ name: 'KEY' }] })
    expect(await call('GET', '/tenants/scripts/one/bindings')).toMatchObject({
      result: [{ name: 'WHO' }, { name: 'KEY' }],
    })
    await call('PUT', '/tenants/scripts/one/tags/paid')
    expect(await call('GET', '/tenants/scripts/one/tags')).toMatchObject({ result: ['free', 'paid'] })
    await call('DELETE', '/tenants/scripts/one/tags/free')
    await call('PUT', '/tenants/scripts/two/tags', ['paid'])
    expect(await call('GET', '/tenants/scripts/one/settings')).toMatchObject({
      result: { compatibility_date: '2026-07-01' },
    })
    const code = await fetch(`${account().url}/client/v4${base()}/tenants/scripts/one/content`, {
      headers: { authorization: `Bearer ${account().token}` },
    })
    expect(await code.text()).toContain('hello')
    const bad = await upload('dispatch/namespaces/tenants/scripts/bad', 'throw new Error("boom")')
    expect(bad).toMatchObject({ status: 400, errors: [{ code: 10_021 }] })
    expect(await call('GET', '/tenants')).toMatchObject({ result: { script_count: 2 } })
  })

  test('are called by name through a dispatch binding', async () => {
    const dispatcher = `export default { async fetch(request, env) {
      try { return await env.DISPATCHER.get(new URL(request.url).searchParams.get('to')).fetch(request) }
      catch (error) { return new Response(error.message, { status: 404 }) }
    } }`
    const bindings = [{ type: 'dispatch_namespace', name: 'DISPATCHER', namespace: 'tenants' }]
    expect(await upload('scripts/dispatcher', dispatcher, { bindings })).toMatchObject({ success: true })
    const { url } = account()
    const ask = async (to: string) => (await fetch(`${url}/workers/dispatcher/?to=${to}`)).text()
    expect(await ask('one')).toBe('hello world')
    expect(await ask('nobody')).toBe('Worker not found.')
    expect(await call('DELETE', '/tenants/scripts?tags=paid:yes&limit=1')).toMatchObject({
      result: { deleted_count: 1, has_more: true },
    })
    expect(await call('DELETE', '/tenants/scripts/two')).toMatchObject({ status: 200 })
    expect(await ask('one')).toBe('Worker not found.')
  })
})
