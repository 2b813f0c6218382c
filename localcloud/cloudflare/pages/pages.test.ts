import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { startAccount } from '../testing.ts'

async function bundled(code: string): Promise<File> {
  const form = new FormData()
  form.append('metadata', JSON.stringify({ main_module: 'worker.js' }))
  form.append('worker.js', new File([code], 'worker.js', { type: 'application/javascript+module' }))
  return new File([await new Response(form).arrayBuffer()], '_worker.bundle')
}

type Shown = { id: string; url: string; environment: string }

describe('deployments of Pages', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/pages/projects`
  const call = <Result = Record<string, unknown>>(method: string, path = '', body?: unknown) =>
    account().call<Result>(method, `${base()}${path}`, body)
  const visit = (path: string) => fetch(`${account().url}/pages/${path}`)

  /** Uploads files as the client does it, and gives the manifest back. */
  const upload = async (project: string, files: Record<string, string>) => {
    const { result } = await call<{ jwt: string }>('GET', `/${project}/upload-token`)
    const headers = { authorization: `Bearer ${result.jwt}` }
    const hashes = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [
        name,
        createHash('md5')
          .update(name + text)
          .digest('hex'),
      ]),
    )
    const wanted = { hashes: Object.values(hashes) }
    const missing = await account().call<string[]>('POST', '/pages/assets/check-missing', wanted, { headers })
    const parts = Object.entries(files).flatMap(([name, text]) =>
      missing.result.includes(hashes[name] ?? '')
        ? [
            {
              key: hashes[name],
              value: Buffer.from(text).toString('base64'),
              metadata: { contentType: name.endsWith('html') ? 'text/html' : 'text/plain' },
              base64: true,
            },
          ]
        : [],
    )
    await account().call('POST', '/pages/assets/upload', parts, { headers })
    await account().call('POST', '/pages/assets/upsert-hashes', wanted, { headers })
    return JSON.stringify(hashes)
  }
  const deploy = async (project: string, files: Record<string, string>, more: Record<string, string | File> = {}) => {
    const form = new FormData()
    form.append('manifest', await upload(project, files))
    for (const [name, value] of Object.entries(more)) form.append(name, value)
    return call<Shown>('POST', `/${project}/deployments`, form)
  }

  test('domains are added once, and keep the project', async () => {
    await call('POST', '', { name: 'named' })
    await deploy('named', { 'index.html': 'by its own name' })
    expect(await call('POST', '/named/domains', { name: 'www.example.com' })).toMatchObject({
      result: { name: 'www.example.com', status: 'active' },
    })
    expect(await call('POST', '/named/domains', { name: 'www.example.com' })).toMatchObject({
      status: 409,
      errors: [{ code: 8_000_018 }],
    })
    expect(await call('POST', '/named/domains', { name: 'no name' })).toMatchObject({ status: 400 })
    expect(await call('GET', '/named/domains')).toMatchObject({ result: [{ name: 'www.example.com' }] })
    expect(await call('GET', '/named')).toMatchObject({ result: { domains: ['named.pages.dev', 'www.example.com'] } })
    expect(await asHost('www.example.com')).toBe('by its own name')
    expect(await asHost('named.pages.localhost')).toBe('by its own name')
    expect(await call('DELETE', '/named')).toMatchObject({ status: 400, errors: [{ code: 8_000_028 }] })
    expect(await call('DELETE', '/named/domains/www.example.com')).toMatchObject({ status: 200 })
    expect(await call('GET', '/named/domains/www.example.com')).toMatchObject({ errors: [{ code: 8_000_021 }] })
    expect(await call('DELETE', '/named')).toMatchObject({ status: 200 })
    expect((await visit('named/')).status).toBe(404)
  })

  test('uploaded files are served with the headers and redirects that came with them', async () => {
    await call('POST', '', { name: 'site' })
    const files = { 'index.html': '<h1>Home</h1>', 'about.html': 'About', 'data.txt': 'data' }
    const made = await deploy('site', files, {
      branch: 'main',
      commit_message: 'First',
      _headers: new File(['/data.txt\n  X-Own: yes'], '_headers'),
      _redirects: new File(['/old /about 301'], '_redirects'),
    })
    expect(made).toMatchObject({
      result: {
        environment: 'production',
        latest_stage: { name: 'deploy', status: 'success' },
        deployment_trigger: { type: 'ad_hoc', metadata: { branch: 'main', commit_message: 'First' } },
      },
    })
    expect(await (await fetch(made.result.url)).text()).toBe('<h1>Home</h1>')
    expect(await (await visit('site/about')).text()).toBe('About')
    expect((await visit('site/data.txt')).headers.get('x-own')).toBe('yes')
    const moved = await fetch(`${account().url}/pages/site/old`, { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location')]).toEqual([301, '/about'])
    expect(await (await visit('site/unknown/path')).text()).toBe('<h1>Home</h1>')
    await deploy('site', { ...files, '404.html': 'Nothing here' })
    const missing = await visit('site/unknown/path')
    expect([missing.status, await missing.text()]).toEqual([404, 'Nothing here'])
  })

  test('a bundled Worker gets the bindings of its environment', async () => {
    const space = await account().call<{ id: string }>('POST', `${account().base}/storage/kv/namespaces`, {
      title: 'of pages',
    })
    const configs = {
      env_vars: { NAME: { type: 'plain_text', value: 'production' }, KEY: { type: 'secret_text', value: 'k' } },
      kv_namespaces: { SPACE: { namespace_id: space.result.id } },
    }
    const preview = { ...configs, env_vars: { NAME: { type: 'plain_text', value: 'preview' } } }
    await call('POST', '', { name: 'app', deployment_configs: { production: configs, preview } })
    const code = `export default { async fetch(request, env) {
      if (new URL(request.url).pathname !== '/api') return env.ASSETS.fetch(request)
      await env.SPACE.put('seen', env.NAME)
      return Response.json([env.NAME, env.KEY ?? null, await env.SPACE.get('seen')])
    } }`
    const bundle = await bundled(code)
    expect(await deploy('app', { 'index.html': 'static' }, { '_worker.bundle': bundle })).toMatchObject({
      result: { uses_functions: true, env_vars: { KEY: { type: 'secret_text', value: '' } } },
    })
    expect(await (await visit('app/api')).json()).toEqual(['production', 'k', 'production'])
    expect(await (await visit('app/')).text()).toBe('static')
    const branch = await deploy('app', {}, { '_worker.bundle': bundle, branch: 'feature/One' })
    expect(branch.result).toMatchObject({ environment: 'preview', url: `${account().url}/pages/feature-one.app` })
    expect(await (await fetch(`${branch.result.url}/api`)).json()).toEqual(['preview', null, 'preview'])
    expect(await (await visit('app/api')).json()).toEqual(['production', 'k', 'production'])
  })

  test('code that does not start is refused, and what was there stays', async () => {
    await call('POST', '', { name: 'firm' })
    await deploy('firm', { 'index.html': 'good' })
    const broken = await deploy('firm', {}, { '_worker.bundle': await bundled('throw new Error("no")') })
    expect(broken).toMatchObject({ success: false, status: 400 })
    const unknown = new FormData()
    unknown.append('manifest', JSON.stringify({ '/a.txt': 'f'.repeat(32) }))
    expect(await call('POST', '/firm/deployments', unknown)).toMatchObject({ status: 400 })
    const malformed = new FormData()
    malformed.append('manifest', '{')
    expect(await call('POST', '/firm/deployments', malformed)).toMatchObject({ errors: [{ code: 8_000_000 }] })
    expect(await (await visit('firm/')).text()).toBe('good')
    expect(await call('GET', '/firm/deployments')).toMatchObject({ result_info: { total_count: 1 } })
  })

  test('deployments are listed, gone back to and deleted', async () => {
    await call('POST', '', { name: 'steps' })
    const first = await deploy('steps', { 'index.html': 'one' })
    const second = await deploy('steps', { 'index.html': 'two' })
    const preview = await deploy('steps', { 'index.html': 'three' }, { branch: 'side' })
    const list = await call<Shown[]>('GET', '/steps/deployments?env=production')
    expect(list.result.map(({ id }) => id)).toEqual([second.result.id, first.result.id])
    expect(await call('GET', '/steps/deployments?per_page=100')).toMatchObject({ status: 400 })
    expect(await call('POST', `/steps/deployments/${first.result.id}/rollback`)).toMatchObject({
      result: { id: first.result.id },
    })
    expect(await (await visit('steps/')).text()).toBe('one')
    expect(await call('GET', '/steps')).toMatchObject({
      result: { canonical_deployment: { id: first.result.id }, latest_deployment: { id: preview.result.id } },
    })
    const remove = (id: string, more = '') => call('DELETE', `/steps/deployments/${id}${more}`)
    expect(await remove(first.result.id)).toMatchObject({ status: 400, errors: [{ code: 8_000_034 }] })
    expect(await remove(second.result.id)).toMatchObject({ status: 200 })
    expect(await remove(preview.result.id)).toMatchObject({ status: 400 })
    expect(await remove(preview.result.id, '?force=true')).toMatchObject({ status: 200 })
    expect(await remove('none')).toMatchObject({ status: 404, errors: [{ code: 8_000_009 }] })
    expect(await call('GET', `/steps/deployments/${first.result.id}/history/logs`)).toMatchObject({
      result: { total: 0, data: [] },
    })
  })

  /** What a browser sees that was led here by a hostname. */
  async function asHost(host: string): Promise<string> {
    const { hostname, port } = new URL(account().url)
    return new Promise((done, fail) => {
      const sent = request({ hostname, port, path: '/', headers: { host } }, (response) => {
        let text = ''
        response.on('data', (piece) => (text += piece)).on('end', () => done(text))
      })
      sent.on('error', fail).end()
    })
  }
})
