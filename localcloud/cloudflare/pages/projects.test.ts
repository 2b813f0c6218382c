import { startAccount } from '../testing.ts'

describe('projects of Pages', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/pages/projects`
  const call = <Result = Record<string, unknown>>(method: string, path = '', body?: unknown) =>
    account().call<Result>(method, `${base()}${path}`, body)

  test('projects are made, listed, changed and deleted', async () => {
    const made = await call('POST', '', { name: 'first', production_branch: 'trunk' })
    expect(made).toMatchObject({
      status: 200,
      result: { name: 'first', subdomain: 'first.pages.dev', production_branch: 'trunk', latest_deployment: null },
    })
    expect(await call('POST', '', { name: 'first' })).toMatchObject({ status: 409, errors: [{ code: 8_000_002 }] })
    expect(await call('POST', '', { name: '-x' })).toMatchObject({ status: 400, errors: [{ code: 8_000_000 }] })
    expect(await call('POST', '', { name: 7 })).toMatchObject({ status: 400, errors: [{ code: 8_000_000 }] })
    expect(await call('POST', '', 'no json')).toMatchObject({ status: 400, errors: [{ code: 8_000_000 }] })
    await call('POST', '', { name: 'other' })
    expect(await call('GET', '?per_page=1&page=2')).toMatchObject({
      result: [expect.anything()],
      result_info: { page: 2, per_page: 1, total_count: 2, total_pages: 2 },
    })
    expect(await call('PATCH', '/first', { build_config: { build_command: 'make' } })).toMatchObject({
      result: { build_config: { build_command: 'make' }, production_branch: 'trunk' },
    })
    expect(await call('DELETE', '/other')).toMatchObject({ status: 200, result: null })
    expect(await call('GET', '/other')).toMatchObject({ status: 404, errors: [{ code: 8_000_007 }] })
    for (const [method, path] of [
      ['PATCH', '/none'],
      ['DELETE', '/none'],
      ['GET', '/none/deployments'],
      ['GET', '/none/upload-token'],
      ['GET', '/none/domains'],
      ['POST', '/none/purge_build_cache'],
    ] as const) {
      const refused = await call(method, path, method === 'PATCH' ? {} : undefined)
      expect([path, refused.status, refused.errors[0]?.code]).toEqual([path, 404, 8_000_007])
    }
  })

  test('variables are changed one by one, and secrets are not shown', async () => {
    await call('POST', '', { name: 'vars' })
    const set = (env_vars: object) => call('PATCH', '/vars', { deployment_configs: { production: { env_vars } } })
    await set({ A: { type: 'plain_text', value: 'a' }, S: { type: 'secret_text', value: 'hidden' } })
    const changed = await set({ A: null, B: { value: 'b' } })
    expect(changed).toMatchObject({
      result: {
        deployment_configs: {
          production: { env_vars: { S: { type: 'secret_text', value: '' }, B: { type: 'plain_text', value: 'b' } } },
          preview: { env_vars: null },
        },
      },
    })
    expect(JSON.stringify(changed)).not.toContain('hidden')
    expect(JSON.stringify(changed)).not.toContain('"A"')
  })

  test('a repository is connected and taken off again', async () => {
    await call('POST', '', { name: 'linked' })
    const config = { owner: 'me', repo_name: 'site', production_branch: 'main' }
    expect(await call('DELETE', '/linked/source')).toMatchObject({ status: 400, errors: [{ code: 8_000_011 }] })
    expect(await call('POST', '/linked/source', { type: 'github', config })).toMatchObject({
      result: { source: { type: 'github', config } },
    })
    expect(await call('POST', '/linked/source', { type: 'svn', config })).toMatchObject({ status: 400 })
    const form = new FormData()
    form.append('branch', 'main')
    expect(await call('POST', '/linked/deployments', form)).toMatchObject({
      result: { latest_stage: { name: 'queued', status: 'active' } },
    })
    const { result } = await call('DELETE', '/linked/source')
    expect(result['source']).toBeUndefined()
    expect(await call('POST', '/linked/deployments', form)).toMatchObject({ errors: [{ code: 8_000_096 }] })
  })

  test('files are taken only with the token of an upload', async () => {
    const { token } = account()
    for (const authorization of [`Bearer ${token}`, 'Bearer a.b.c', '']) {
      const refused = await account().call(
        'POST',
        '/pages/assets/check-missing',
        { hashes: [] },
        {
          headers: { authorization },
        },
      )
      expect(refused).toMatchObject({ status: 401, errors: [{ code: 8_000_013 }] })
    }
  })
})
