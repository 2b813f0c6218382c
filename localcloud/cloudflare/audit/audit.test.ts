import { startAccount } from '../testing.ts'
import { resourceIn } from './resource.ts'

type Entry = {
  id: string
  action: { type: string; result: string }
  actor: { token_name: string; type: string }
  raw: { method: string; uri: string; cf_ray_id: string; status_code: number }
  resource: { id: string; product: string; type: string }
}

const day = 86_400_000
const date = (offset: number) => new Date(Date.now() + offset * day).toISOString().slice(0, 10)

describe('the audit log', () => {
  const { account } = startAccount()
  const span = `since=${date(-1)}&before=${date(1)}`
  const search = (query: string) => account().call<Entry[]>('GET', `${account().base}/logs/audit?${span}&${query}`)
  const make = (title: unknown) =>
    account().call<{ id: string }>('POST', `${account().base}/storage/kv/namespaces`, { title })

  /** Every entry there is, page by page. */
  const read = async (direction: string, cursor = ''): Promise<string[]> => {
    const { result, result_info: info } = await search(`limit=2&direction=${direction}${cursor}`)
    const ids = result.map(({ id }) => id)
    const next = info?.['cursor']
    return typeof next === 'string' ? [...ids, ...(await read(direction, `&cursor=${next}`))] : ids
  }

  test('knows every change by the id that its answer carried', async () => {
    const made = await make('audited')
    const id = made.headers.get('cf-auditlog-id')
    const found = await search(`id=${id}`)
    expect(found.result).toMatchObject([
      {
        id,
        account: { id: account().accountId },
        action: { type: 'create', result: 'success' },
        actor: { context: 'api_token', ip_address: '127.0.0.1' },
        raw: { method: 'POST', status_code: 200, uri: `${account().base}/storage/kv/namespaces` },
        resource: { id: made.result.id, product: 'kv', type: 'namespaces' },
      },
    ])
    expect(found.result_info).toEqual({ count: '1' })
    const ray = made.headers.get('cf-ray')?.replace(/-.*/, '')
    expect((await search(`raw_cf_ray_id=${ray}`)).result).toHaveLength(1)
  })

  test('knows refusals, and nothing of those who only read or were not let in', async () => {
    const before = (await search('limit=1000')).result.length
    const refused = await make(7)
    expect(refused.status).toBe(400)
    await account().call('GET', `${account().base}/storage/kv/namespaces`)
    await account().call('DELETE', `${account().base}/storage/kv/namespaces/x`, undefined, {
      headers: { authorization: 'Bearer 0000000000000000000000000000000000000000' },
    })
    const all = (await search('limit=1000')).result
    expect(all.length).toBe(before + 1)
    expect(all[0]).toMatchObject({ action: { type: 'create', result: 'failure' }, raw: { status_code: 400 } })
    expect((await search('action_result=failure')).result).toHaveLength(1)
    expect((await search('action_result.not=failure')).result).toHaveLength(before)
  })

  test('is read in pages, forwards and backwards', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await make(`page ${name}`)
    const down = await read('desc')
    expect(new Set(down).size).toBe(down.length)
    expect(await read('asc')).toEqual(down.toReversed())
  })

  test('finds by action, token, product, category and time', async () => {
    const { result } = await make('found')
    await account().call('PUT', `${account().base}/storage/kv/namespaces/${result.id}/values/key`, 'text')
    await account().call('DELETE', `${account().base}/storage/kv/namespaces/${result.id}`)
    const of = `resource_id=${result.id}`
    const actions = async (query: string) => (await search(query)).result.map(({ action }) => action.type)
    expect(await actions(of)).toEqual(['delete', 'update', 'create'])
    expect(await actions(`${of}&action_type=create&action_type=delete`)).toEqual(['delete', 'create'])
    expect(await actions(`${of}&resource_product=d1`)).toEqual([])
    expect(await actions(`${of}&product_category=developer_platform&raw_method=PUT`)).toEqual(['update'])
    expect(await actions(`${of}&raw_status_code=200&actor_type.not=system`)).toHaveLength(3)
    const past = `${account().base}/logs/audit?since=2020-01-01&before=2020-02-01`
    expect((await account().call<Entry[]>('GET', past)).result).toEqual([])
    const [deleted] = (await search(of)).result
    const history = `${account().base}/logs/audit/${deleted?.id}/history?${span}&action_time=${date(0)}T00:00:00Z`
    expect(await account().call('GET', history)).toMatchObject({
      result: [{ id: deleted?.id }, {}, {}],
      result_info: { count: 3, history_status: 'exact' },
    })
    expect(await account().call('GET', `${account().base}/logs/audit/none/history?${span}`)).toMatchObject({
      result: [],
      result_info: { history_status: 'unavailable' },
    })
  })

  test('wants to know since when and before when', async () => {
    const path = `${account().base}/logs/audit`
    for (const query of [
      '',
      '?since=2026-01-01',
      '?since=now&before=then',
      `?${span}&limit=0`,
      `?${span}&direction=up`,
    ]) {
      expect(await account().call('GET', path + query)).toMatchObject({ status: 400, success: false })
    }
    expect(await account().call('GET', `${path}/product_categories`)).toMatchObject({
      result: expect.arrayContaining([expect.objectContaining({ value: 'developer_platform' })]),
    })
  })
})

describe('what a call was about', () => {
  test.each([
    ['/accounts/a/workers/scripts/one/secrets', 'workers', 'secrets', null],
    ['/accounts/a/workers/scripts/one', 'workers', 'scripts', 'one'],
    ['/accounts/a/workers/scripts/one/settings', 'workers', 'scripts', 'one'],
    ['/accounts/a/r2/buckets/b/objects/deep%20/key', 'r2', 'objects', 'deep /key'],
    ['/accounts/a/queues', 'queues', 'queues', null],
    ['/accounts/a/queues/q', 'queues', 'queues', 'q'],
    ['/accounts/a/queues/q/messages', 'queues', 'queues', 'q'],
    ['/accounts/a/queues/q/consumers/c', 'queues', 'consumers', 'c'],
    ['/zones/z/dns_records/r', 'dns_records', 'dns_records', 'r'],
    ['/user/tokens', 'api_tokens', 'tokens', null],
    ['/accounts/a', 'accounts', 'accounts', 'a'],
    ['/zones', 'zones', 'zones', null],
    ['/accounts/a/storage/kv/namespaces/n/values/routes', 'kv', 'namespaces', 'n'],
    ['/accounts/a/workers/scripts/routes/settings', 'workers', 'scripts', 'routes'],
  ])('%s', (path, product, type, id) => {
    expect(resourceIn(path)).toMatchObject({ product, type, id })
  })
})
