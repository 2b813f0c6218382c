import { once } from 'node:events'
import { deploy, visit } from '../../localcloud/cloudflare/testing.ts'
import { eventually } from '../../worker/testing.ts'
import { Project } from '../clients/wrangler.ts'
import { startLogs, trace } from './logs.ts'

const logs = startLogs()
const code = `export default { fetch(request) { console.log('asked for', new URL(request.url).pathname); return new Response('x') } }`

const isSeventh = (text: string) => text.includes('/seventh')

type Tail = { id: string; url: string; expires_at: string }

/** A viewer as others than wrangler write them. */
async function watch(url: string, filters: object[] = []): Promise<{ tail: Tail; seen: string[]; socket: WebSocket }> {
  const path = `/client/v4${logs.account().base}/workers/scripts/shop/tails`
  const response = await logs.call(path, { method: 'POST', json: { filters } })
  const { result } = (await response.json()) as { result: Tail }
  const socket = new WebSocket(result.url, 'trace-v1')
  const seen: string[] = []
  socket.addEventListener('message', ({ data }) => seen.push(String(data)))
  await once(socket, 'open')
  socket.send('{"debug":false}')
  expect(result.url).toContain(url.replace('http', 'ws'))
  return { tail: result, seen, socket }
}

test('more than ten watch a script that sends us its traces: real wranglers, and sockets of trace-v1 with filters', async () => {
  await deploy(logs.account(), 'shop', code, {})
  expect((await logs.call('/sdk/workers/scripts/shop/tail', { method: 'PUT' })).status).toBe(200)
  const project = new Project({ ...logs.account(), url: logs.url() }, {})
  const token = await logs.token('sdk:*')
  const tails = [0, 1].map(() => project.start(['tail', 'shop', '--format', 'json'], token))
  const said = tails.map(() => '')
  for (const [index, tail] of tails.entries()) {
    for (const stream of [tail.stdout, tail.stderr]) stream.on('data', (piece) => (said[index] += String(piece)))
  }
  const viewers = await Promise.all(Array.from({ length: 10 }, () => watch(logs.url())))
  const failures = await watch(logs.url(), [{ outcome: ['exception'] }])
  const searching = await watch(logs.url(), [{ query: '/seventh' }])
  try {
    // Wrangler says nothing when it is connected: it is asked until it has seen something.
    await eventually(
      async () => {
        await visit(logs.account(), 'shop', '/first')
        return said
      },
      (texts) => texts.every((text) => text.includes('/first')),
      40_000,
    )
    await visit(logs.account(), 'shop', '/seventh')
    await eventually(
      async () => [...said, ...viewers.map(({ seen }) => seen.join('')), searching.seen.join('')],
      (texts) => texts.every(isSeventh),
      20_000,
    )
    for (const { seen } of viewers) expect(seen.filter(isSeventh)).toHaveLength(1)
    expect(searching.seen).toHaveLength(1)
    expect(failures.seen).toEqual([])
    expect(logs.account().cloud.tails.list('shop')).toEqual([])
    expect(JSON.parse(searching.seen[0] ?? '')).toMatchObject({ scriptName: 'shop', outcome: 'ok' })
    await logs.deliver(trace('shop', 'boom', { outcome: 'exception' }))
    await eventually(
      async () => failures.seen,
      (seen) => seen.length === 1,
    )
  } finally {
    for (const tail of tails) tail.kill('SIGINT')
    await Promise.all(tails.map((tail) => once(tail, 'close')))
    project.remove()
  }
  const [one] = viewers
  const path = `/client/v4${logs.account().base}/workers/scripts/shop/tails/${one?.tail.id}`
  const closed = once(one?.socket ?? new EventTarget(), 'close')
  expect((await logs.call(path, { method: 'DELETE' })).status).toBe(200)
  expect((await closed)[0]).toMatchObject({ code: 1000 })
  for (const { socket } of [...viewers, failures, searching]) socket.close()
}, 120_000)

test('a tail that has carried much is opened anew, and nothing is missed over that', async () => {
  const text = 'x'.repeat(550_000)
  const first = await watch(logs.url())
  const closed = once(first.socket, 'close')
  for (let n = 0; n < 65; n++) await logs.deliver(trace('shop', `${n} ${text}`))
  expect((await closed)[0]).toMatchObject({ code: 1012 })
  const second = await watch(logs.url())
  await logs.deliver(trace('shop', '65 end'))
  const numbers = () =>
    [...first.seen, ...second.seen].map((body) => Number.parseInt(JSON.parse(body).logs[0].message[0], 10))
  await eventually(
    async () => numbers(),
    (found) => found.at(-1) === 65,
    20_000,
  )
  expect(numbers()).toEqual(Array.from({ length: 66 }, (_, n) => n))
  second.socket.close()
}, 60_000)

test('the control plane never consumes its own traces', async () => {
  const own = '/sdk/workers/scripts/throughline'
  await deploy(logs.account(), 'throughline', code, {})
  const consumers = { tail_consumers: [{ service: 'throughline' }] }
  expect((await logs.call(`${own}/tail`, { method: 'PUT' })).status).toBe(400)
  expect((await logs.call(`${own}/tails`, { method: 'PUT', json: consumers })).status).toBe(400)
  await logs.deliver(trace('throughline', 'own'), trace('theirs', 'other'))
  const viewer = (await logs.open('theirs')).start()
  await viewer.got(1)
  const ours = (await logs.open('throughline')).start()
  expect(await ours.frame('started')).toEqual({ type: 'started', after: 0, seq: 0 })
})
