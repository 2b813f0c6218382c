import { startAccount } from '../../testing.ts'

type Queue = { queue_id: string; queue_name: string; settings: Record<string, unknown>; consumers: { type: string }[] }
type Pulled = {
  message_backlog_count: number
  messages: { id: string; lease_id: string; body: string; attempts: number }[]
}

describe('queues', () => {
  let at = Date.UTC(2026, 0, 1)
  const { account } = startAccount({ now: () => at })
  const base = () => `${account().base}/queues`
  const make = async (queue_name: string) => {
    const { result } = await account().call<Queue>('POST', base(), { queue_name })
    return `${base()}/${result.queue_id}`
  }
  const post = <Result = unknown>(path: string, body: unknown) => account().call<Result>('POST', path, body)

  test('are made, found by name, changed and deleted', async () => {
    const made = await post<Queue>(base(), { queue_name: 'first' })
    expect(made.result).toMatchObject({
      queue_name: 'first',
      producers_total_count: 0,
      settings: { delivery_delay: 0, delivery_paused: false, message_retention_period: 345_600 },
    })
    expect(await post(base(), { queue_name: 'first' })).toMatchObject({
      status: 409,
      errors: [{ code: 11_009, message: expect.stringContaining("Queue name 'first' is already taken.") }],
    })
    expect(await post(base(), { queue_name: 'Not Good' })).toMatchObject({ status: 400, errors: [{ code: 11_003 }] })
    expect(await post(base(), '[')).toMatchObject({ status: 400, errors: [{ code: 10_026 }] })
    const path = `${base()}/${made.result.queue_id}`
    const settings = { delivery_delay: 5, delivery_paused: true, message_retention_period: 600 }
    expect(await account().call('PATCH', path, { settings })).toMatchObject({ result: { settings } })
    expect(await account().call('PUT', path, { queue_name: 'renamed' })).toMatchObject({
      result: { queue_name: 'renamed', settings },
    })
    expect(await account().call('PATCH', path, { settings: { delivery_delay: 50_000 } })).toMatchObject({ status: 400 })
    expect(await account().call('GET', `${base()}?page=1&name=renamed`)).toMatchObject({
      result: [{ queue_name: 'renamed' }],
      result_info: { page: 1, count: 1, total_count: 1, total_pages: 1 },
    })
    expect(await account().call('GET', `${base()}?page=2`)).toMatchObject({ result: [] })
    expect(await account().call('DELETE', path)).toMatchObject({ status: 200 })
    expect(await account().call('GET', path)).toMatchObject({ status: 404, errors: [{ code: 11_000 }] })
  })

  test('a message is pulled, held, given back, and acknowledged once', async () => {
    const path = await make('pulled')
    expect(await post(`${path}/messages/pull`, {})).toMatchObject({ status: 405, errors: [{ code: 10_105 }] })
    const settings = { max_retries: 1, visibility_timeout_ms: 10_000 }
    await post(`${path}/consumers`, { type: 'http_pull', settings, dead_letter_queue: 'dead' })
    expect(await post(`${path}/messages`, { body: { a: 1 } })).toMatchObject({
      result: { metadata: { metrics: { backlog_count: 1, backlog_bytes: 7 } } },
    })
    await post(`${path}/messages`, { body: 'words', content_type: 'text', delay_seconds: 60 })
    const pull = async () => (await post<Pulled>(`${path}/messages/pull`, {})).result.messages
    const [first] = await pull()
    expect(first).toMatchObject({ attempts: 1, body: Buffer.from('{"a":1}').toString('base64') })
    expect(await pull()).toEqual([])
    at += 11_000
    const [again] = await pull()
    expect(again).toMatchObject({ id: first?.id, attempts: 2 })
    const stale = await post(`${path}/messages/ack`, { acks: [{ lease_id: first?.lease_id }] })
    expect(stale).toMatchObject({ result: { ackCount: 0, warnings: { [first?.lease_id ?? '']: expect.any(String) } } })
    await post(`${path}/messages/extend`, { extend: [{ lease_id: again?.lease_id }], visibility_timeout_ms: 60_000 })
    at += 30_000
    expect(await pull()).toEqual([])
    await post(`${path}/messages/ack`, { retries: [{ lease_id: again?.lease_id }] })
    const dead = await account().call<Queue[]>('GET', `${base()}?name=dead`)
    const peeked = await post<Pulled>(`${base()}/${dead.result[0]?.queue_id}/messages/peek`, {})
    expect(peeked.result.messages).toMatchObject([{ id: first?.id, attempts: 0 }])
    at += 20_000
    const [words] = await pull()
    expect(words).toMatchObject({ body: 'words', metadata: { 'CF-Content-Type': 'text' } })
    const acks = [{ lease_id: words?.lease_id }]
    expect(await post(`${path}/messages/ack`, { acks })).toMatchObject({ result: { ackCount: 1, retryCount: 0 } })
    expect(await account().call('GET', `${path}/metrics`)).toMatchObject({ result: { backlog_count: 0 } })
  })

  test('batches, limits, expiry and purges', async () => {
    const path = await make('many')
    const messages = Array.from({ length: 3 }, (_, index) => ({ body: `m${index}`, content_type: 'text' }))
    await post(`${path}/messages/batch`, { messages })
    expect(await post(`${path}/messages/batch`, { messages: [] })).toMatchObject({ errors: [{ code: 10_207 }] })
    expect(await post(`${path}/messages`, { body: 1, content_type: 'text' })).toMatchObject({
      errors: [{ code: 10_207 }],
    })
    expect(await post(`${path}/messages`, {})).toMatchObject({ status: 400, errors: [{ code: 10_207 }] })
    expect(await post(`${path}/messages`, { body: 'x'.repeat(128_001), content_type: 'text' })).toMatchObject({
      status: 413,
    })
    expect(await post(`${base()}/nothing/messages`, { body: 1 })).toMatchObject({
      status: 400,
      errors: [{ code: 10_107 }],
    })
    const peeked = await post<{ messages: { ref: string; body: string }[] }>(`${path}/messages/peek`, { batch_size: 2 })
    expect(peeked.result.messages.map(({ body }) => body)).toEqual(['m0', 'm1'])
    await post(`${path}/messages/purge`, { refs: [{ ref: peeked.result.messages[0]?.ref }] })
    expect(await account().call('GET', `${path}/metrics`)).toMatchObject({ result: { backlog_count: 2 } })
    expect(await account().call('GET', `${path}/purge`)).toMatchObject({ result: {} })
    expect(await post(`${path}/purge`, { delete_messages_permanently: false })).toMatchObject({ status: 400 })
    await post(`${path}/purge`, { delete_messages_permanently: true })
    expect(await account().call('GET', `${path}/purge`)).toMatchObject({ result: { completed: 'true' } })
    expect(await account().call('GET', `${path}/metrics`)).toMatchObject({ result: { backlog_count: 0 } })
    await post(`${path}/messages`, { body: 'old', content_type: 'text' })
    at += 5 * 24 * 3600 * 1000
    await post(`${path}/messages`, { body: 'new', content_type: 'text' })
    expect(await account().call('GET', `${path}/metrics`)).toMatchObject({ result: { backlog_count: 1 } })
  })

  test('have one consumer, whose Worker exists and has a handler', async () => {
    const path = await make('consumed')
    const worker = (script_name: string) => post(`${path}/consumers`, { type: 'worker', script_name })
    expect(await worker('nobody')).toMatchObject({ status: 404, errors: [{ code: 10_007 }] })
    const upload = async (name: string, code: string) => {
      const form = new FormData()
      form.append('metadata', JSON.stringify({ main_module: 'index.js', compatibility_date: '2025-07-01' }))
      form.append('index.js', new File([code], 'index.js', { type: 'application/javascript+module' }))
      expect(await account().call('PUT', `${account().base}/workers/scripts/${name}`, form)).toMatchObject({
        success: true,
      })
    }
    await upload('plain', 'export default { fetch: () => new Response() }')
    expect(await worker('plain')).toMatchObject({ status: 400, errors: [{ code: 11_001 }] })
    await upload('reader', 'export default { queue: (batch) => batch.ackAll() }')
    expect(await worker('reader')).toMatchObject({ result: { script: 'reader', settings: { batch_size: 10 } } })
    expect(await worker('reader')).toMatchObject({
      status: 400,
      errors: [{ code: 11_004, message: "Queue 'consumed' already has a consumer." }],
    })
    expect(await post(`${path}/consumers`, {})).toMatchObject({ status: 400, errors: [{ code: 10_026 }] })
    const listed = await account().call<{ consumer_id: string }[]>('GET', `${path}/consumers`)
    const one = `${path}/consumers/${listed.result[0]?.consumer_id}`
    const change = { type: 'worker', script_name: 'reader', settings: { batch_size: 2, max_wait_time_ms: 0 } }
    expect(await account().call('PUT', one, change)).toMatchObject({ result: { settings: { batch_size: 2 } } })
    await post(`${path}/messages`, { body: 'read me' })
    const isEmpty = async (): Promise<boolean> => {
      const { result } = await account().call<{ backlog_count: number }>('GET', `${path}/metrics`)
      return result.backlog_count === 0 || isEmpty()
    }
    expect(await isEmpty()).toBe(true)
    expect(await account().call('DELETE', one)).toMatchObject({ status: 200 })
    expect(await account().call('GET', one)).toMatchObject({ status: 404, errors: [{ code: 11_006 }] })
  })
})
