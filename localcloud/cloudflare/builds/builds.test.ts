import { deploy, startAccount } from '../testing.ts'

describe('Workers Builds without a repository', () => {
  const { account } = startAccount()
  const call = (method: string, path: string, body?: unknown) =>
    account().call(method, `${account().base}/builds${path}`, body)

  test('has nothing to show', async () => {
    const { result } = await deploy<{ tag: string }>(
      account(),
      'built',
      'export default { fetch: () => new Response() }',
    )
    expect(await call('GET', '/tokens')).toMatchObject({ result: [], result_info: { total_count: 0, per_page: 50 } })
    expect(await call('GET', '/account/limits')).toMatchObject({ result: { has_reached_build_minutes_limit: false } })
    expect(await call('GET', '/builds/latest?external_script_ids=x')).toMatchObject({ result: { builds: {} } })
    for (const list of ['builds', 'triggers']) {
      expect(await call('GET', `/workers/${result.tag}/${list}`)).toMatchObject({ result: [] })
      expect(await call('GET', `/workers/none/${list}`)).toMatchObject({ status: 404, errors: [{ code: 12_000 }] })
    }
  })

  test.each([
    ['GET', '/builds/none'],
    ['GET', '/builds/none/logs'],
    ['PUT', '/builds/none/cancel'],
    ['PATCH', '/triggers/none'],
    ['GET', '/triggers/none/environment_variables'],
    ['DELETE', '/tokens/none'],
    ['GET', '/workers/none'],
  ])('%s %s finds nothing', async (method, path) => {
    expect(await call(method, path, method === 'PATCH' ? {} : undefined)).toMatchObject({
      status: 404,
      errors: [{ code: 12_000 }],
    })
  })

  test.each([
    ['PUT', '/repos/connections'],
    ['POST', '/tokens'],
    ['POST', '/triggers'],
    ['POST', '/workers'],
  ])('%s %s is refused', async (method, path) => {
    expect(await call(method, path, {})).toMatchObject({ status: 400, errors: [{ code: 12_002 }] })
  })
})

const source = (owner: string) => ({ type: 'github', config: { owner, repo_name: 'shop' } })

describe('Workers Builds where the Git application is installed', () => {
  const { account } = startAccount()
  const call = <Result = unknown>(method: string, path: string, body?: unknown) =>
    account().call<Result>(method, `${account().base}${path}`, body)

  test('a Worker is linked to a repository, changed and taken off', async () => {
    const { result } = await deploy<{ tag: string }>(
      account(),
      'linked',
      'export default { fetch: () => new Response() }',
    )
    const headers = { authorization: `Bearer ${account().token}` }
    const body = JSON.stringify({ owners: ['Acme'] })
    expect((await fetch(`${account().url}/_local/git`, { method: 'PUT', headers, body })).status).toBe(200)
    const tokens = await call<{ build_token_uuid: string }[]>('GET', '/builds/tokens')
    const build = (owner: string, token = tokens.result[0]?.build_token_uuid ?? '') => ({
      script_tag: result.tag,
      git_repository: {
        provider_type: 'github',
        provider_account_id: '1',
        provider_account_name: owner,
        repo_id: '2',
        repo_name: 'shop',
        branch: 'main',
      },
      production_settings: { build_command: '', deploy_command: 'npx wrangler deploy', build_token_uuid: token },
    })
    expect(await call('POST', '/builds/workers', build('other'))).toMatchObject({ errors: [{ code: 12_002 }] })
    expect(await call('POST', '/builds/workers', build('acme', 'x'))).toMatchObject({ errors: [{ code: 12_005 }] })
    expect(await call('POST', '/builds/workers', build('acme'))).toMatchObject({ result: build('acme') })
    expect(await call('POST', '/builds/workers', build('acme'))).toMatchObject({ errors: [{ code: 12_049 }] })
    const change = { git_repository: { branch: 'trunk' } }
    await call('PATCH', `/builds/workers/${result.tag}`, change)
    expect(await call('GET', `/builds/workers/${result.tag}`)).toMatchObject({ result: change })
    expect((await call('DELETE', `/builds/workers/${result.tag}`)).status).toBe(200)
    expect((await call('GET', `/builds/workers/${result.tag}`)).status).toBe(404)
    const linked = (owner: string) => call('POST', '/pages/projects', { name: 'linked', source: source(owner) })
    expect(await linked('other')).toMatchObject({ status: 400, errors: [{ code: 8_000_011 }] })
    expect((await linked('acme')).status).toBe(200)
  })
})
