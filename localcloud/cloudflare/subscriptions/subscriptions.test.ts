import { startAccount } from '../testing.ts'

const sent = (queue_id: string, more: object = {}) => ({
  name: 'made',
  source: { type: 'kv' },
  destination: { type: 'queues.queue', queue_id },
  events: ['namespace.created'],
  ...more,
})

describe('event subscriptions', () => {
  const { account } = startAccount()
  const base = () => `${account().base}/event_subscriptions/subscriptions`
  const call = <Result = { id: string; name: string }>(method: string, path = '', body?: unknown) =>
    account().call<Result>(method, `${base()}${path}`, body)
  const queue = async (name: string) => {
    const { result } = await account().call<{ queue_id: string }>('POST', `${account().base}/queues`, {
      queue_name: name,
    })
    return result.queue_id
  }

  test('are made, read, changed, listed and deleted', async () => {
    const id = await queue('events')
    const made = await call('POST', '', sent(id))
    expect(made).toMatchObject({ status: 200, result: { name: 'made', enabled: true, events: ['namespace.created'] } })
    const other = await call(
      'POST',
      '',
      sent(id, { name: 'another', source: { type: 'r2' }, events: ['bucket.created'] }),
    )
    const one = `/${made.result.id}`
    expect(await call('PATCH', one, { enabled: false, events: ['namespace.deleted'] })).toMatchObject({
      result: { name: 'made', enabled: false, events: ['namespace.deleted'] },
    })
    expect(await call('GET', one)).toMatchObject({ result: { enabled: false } })
    const names = async (query: string) => (await call<{ name: string }[]>('GET', query)).result.map(({ name }) => name)
    expect(await names(`?queue_id=${id}`)).toEqual(['another', 'made'])
    expect(await names('?direction=desc')).toEqual(['made', 'another'])
    expect(await names('?queue_id=none')).toEqual([])
    expect(await call('GET', '?per_page=1')).toMatchObject({ result_info: { total_count: 2, total_pages: 2 } })
    expect(await call('DELETE', one)).toMatchObject({ result: { id: made.result.id } })
    expect(await call('GET', one)).toMatchObject({
      status: 404,
      errors: [{ message: 'No subscription with this ID' }],
    })
    await account().call('DELETE', `${account().base}/queues/${id}`)
    expect(await call('GET', `/${other.result.id}`)).toMatchObject({ status: 404 })
  })

  test('are refused for unknown events, queues and a source that has one', async () => {
    const id = await queue('refused')
    expect(await call('POST', '', sent(id, { events: ['namespace.burnt'] }))).toMatchObject({
      status: 400,
      errors: [{ message: 'Unrecognized event types: namespace.burnt' }],
    })
    expect(await call('POST', '', sent('none'))).toMatchObject({
      status: 404,
      errors: [{ message: 'Queue does not exist' }],
    })
    await call('POST', '', sent(id))
    const again = await call('POST', '', sent(id))
    expect([again.status, again.errors[0]?.message]).toEqual([
      405,
      expect.stringContaining('do not support multiple subscriptions'),
    ])
    for (const wrong of ['no json', {}, sent(id, { events: [] }), sent(id, { source: 'kv' }), sent(id, { name: 1 })]) {
      expect(await call('POST', '', wrong)).toMatchObject({ status: 400, errors: [{ code: 10_026 }] })
    }
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await call(method, '/none', method === 'PATCH' ? {} : undefined)).status).toBe(404)
    }
  })
})
