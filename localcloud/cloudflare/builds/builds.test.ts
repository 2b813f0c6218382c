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
