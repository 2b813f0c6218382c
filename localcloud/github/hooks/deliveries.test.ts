import { createHmac } from 'node:crypto'
import { eventually } from '../../../tests/clients/receiver.ts'
import { callLocal } from '../testing/calls.ts'
import { secret, startHearing } from '../testing/hearing.ts'

const clock = { offset: 0 }
const { hub, restart, receiver, place, tell, hook, open } = startHearing({ now: () => Date.now() + clock.offset })
const deliveries = async (key: typeof place & { hook_id: number }, count: number) =>
  eventually(async () => {
    const { data } = await tell().repos.listWebhookDeliveries(key)
    return data.length >= count ? data : null
  })

test('a delivery is signed over its bytes, and says whose it is', async () => {
  const { hook_id } = await hook(['issues'])
  await open()
  const [arrival] = await receiver.wait('issues', 1)
  const sign = (algorithm: string) =>
    `${algorithm}=${createHmac(algorithm, secret)
      .update(arrival?.raw ?? '')
      .digest('hex')}`
  const { data: repository } = await tell().repos.get(place)
  expect(arrival?.headers).toMatchObject({
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': expect.stringMatching(/^GitHub-Hookshot\/[0-9a-f]{7}$/),
    'x-github-event': 'issues',
    'x-github-delivery': expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    'x-github-hook-id': String(hook_id),
    'x-github-hook-installation-target-id': String(repository.id),
    'x-github-hook-installation-target-type': 'repository',
    'x-hub-signature': sign('sha1'),
    'x-hub-signature-256': sign('sha256'),
  })
  expect(arrival?.body).toMatchObject({ action: 'opened', issue: { title: 'Something – “happens”\u2028' } })
})

test('all hooks of an event share its id, and each gets only what it asked for', async () => {
  await hook(['issues'])
  await hook(['issues', 'issue_comment'], { secret: undefined })
  const { data: issue } = await open()
  await tell().issues.createComment({ ...place, issue_number: issue.number, body: 'x' })
  const heard = await receiver.wait('issues', 2)
  expect(new Set(heard.map(({ guid }) => guid)).size).toBe(1)
  expect(heard.filter(({ headers }) => 'x-hub-signature-256' in headers)).toHaveLength(1)
  expect(await receiver.wait('issue_comment', 1)).toHaveLength(1)
})

test('what was delivered can be read for three days, and delivered again under the same id', async () => {
  const key = await hook(['issues'])
  await open()
  await receiver.wait('issues', 1)
  const [first] = await deliveries(key, 2)
  expect(first).toMatchObject({
    event: 'issues',
    action: 'opened',
    status: 'OK',
    status_code: 200,
    redelivery: false,
    installation_id: null,
  })
  const delivery = { ...key, delivery_id: Number(first?.id) }
  const { data: full } = await tell().repos.getWebhookDelivery(delivery)
  expect(full).toMatchObject({
    guid: first?.guid,
    url: receiver.url,
    request: { headers: { 'x-github-event': 'issues' }, payload: { action: 'opened' } },
    response: { payload: 'received' },
  })
  const again = await tell().repos.redeliverWebhookDelivery(delivery)
  expect(again.status).toBe(202)
  const both = await receiver.wait('issues', 2)
  expect(both[1]?.guid).toBe(both[0]?.guid)
  const [second] = await deliveries(key, 3)
  expect(second).toMatchObject({ guid: first?.guid, redelivery: true })
  expect(second?.id).not.toBe(first?.id)
  expect((await tell().repos.getWebhook(key)).data.last_response).toMatchObject({
    code: 200,
    status: 'active',
    message: 'OK',
  })
  const page = await tell().repos.listWebhookDeliveries({ ...key, per_page: 1 })
  expect(page.headers.link).toMatch(/cursor=v1_\d+[^>]*>; rel="next"/)
  clock.offset = 3 * 24 * 3_600_000 - 60_000
  await restart()
  expect((await tell().repos.listWebhookDeliveries(key)).data).toHaveLength(3)
  clock.offset = 3 * 24 * 3_600_000 + 60_000
  await restart()
  expect((await tell().repos.listWebhookDeliveries(key)).data).toEqual([])
  clock.offset = 0
})

test('a failed delivery is not tried again, and says what happened', async () => {
  const key = await hook(['issues'])
  receiver.status = 503
  await open()
  await receiver.wait('issues', 1)
  const [failed] = await deliveries(key, 2)
  expect(failed).toMatchObject({ status: 'Invalid HTTP Response: 503', status_code: 503 })
  await tell().repos.updateWebhook({ ...key, config: { url: 'http://127.0.0.1:1/', content_type: 'json' } })
  await open()
  expect((await deliveries(key, 3))[0]).toMatchObject({ status: 'failed to connect to host', status_code: 502 })
  expect((await tell().repos.getWebhook(key)).data.last_response).toMatchObject({ status: 'failed' })
  const those = async (status: 'success' | 'failure') =>
    (await tell().repos.listWebhookDeliveries({ ...key, status })).data.map(({ status_code }) => status_code)
  expect(await those('failure')).toEqual([502, 503])
  expect(await those('success')).toEqual([200])
  expect(receiver.arrivals.filter(({ event }) => event === 'issues')).toHaveLength(1)
})

test('who does not answer within ten seconds is cut off', async () => {
  const key = await hook(['issues'])
  receiver.silent = true
  await open()
  await receiver.wait('issues', 1)
  const [late] = await eventually(async () => {
    const { data } = await tell().repos.listWebhookDeliveries(key)
    return data.length === 2 ? data : null
  }, 15_000)
  expect(late).toMatchObject({ status: 'timed out', status_code: 504 })
  expect(late?.duration).toBeGreaterThan(9)
})

test('a restart delivers what was still to be delivered', async () => {
  await hook(['issues'])
  await callLocal(hub(), '/faults/deliveries', { delay: { times: 1, ms: 1_500 } }, 'PUT')
  await open()
  expect(receiver.arrivals.map(({ event }) => event)).toEqual(['ping'])
  await restart()
  const [arrival, ...more] = await receiver.wait('issues', 1)
  expect(arrival?.body.action).toBe('opened')
  expect(more).toEqual([])
})

test('deliveries are lost, delayed and doubled on request', async () => {
  const key = await hook(['issues'])
  await callLocal(hub(), '/faults/deliveries', { lose: 1 }, 'PUT')
  await open()
  expect((await deliveries(key, 2))[0]).toMatchObject({ status: 'failed to connect to host' })
  await callLocal(hub(), '/faults/deliveries', { double: 1 }, 'PUT')
  await open()
  const twice = await receiver.wait('issues', 2)
  expect(twice[0]?.guid).toBe(twice[1]?.guid)
  await callLocal(hub(), '/faults/deliveries', { delay: { times: 1, ms: 400 } }, 'PUT')
  const before = Date.now()
  await open()
  await receiver.wait('issues', 3)
  expect(Date.now() - before).toBeGreaterThanOrEqual(390)
})
