import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { eventually, root } from '../../worker/testing.ts'
import { startLogs, trace } from './logs.ts'

const logs = startLogs()

test('what arrives twice is there once, and two that look alike are two', async () => {
  const once = trace('twice', 'a')
  const alike = { ...trace('twice', 'b'), event: null }
  await logs.deliver(once)
  await logs.deliver(once, alike)
  await logs.deliver(alike)
  const viewer = (await logs.open('twice')).start()
  await viewer.got(3)
  expect(viewer.messages).toEqual(['a', 'b', 'b'])
  expect(viewer.seqs).toEqual([1, 2, 3])
})

test('messages that mean nothing are told so, and too many of them end it', async () => {
  const viewer = await logs.open('babble')
  const said = ['no JSON', '[]', '{"type":"unknown"}', '{"type":"start-stream","since":-1}', 'x'.repeat(5000)]
  for (const message of [...said, '{"type":"start-stream","filters":{"level":"loud"}}', '{"type":"stop-stream"}'])
    viewer.say(message)
  await eventually(
    async () => viewer.frames.length,
    (length) => length === 7,
  )
  expect(viewer.frames.map(({ type }) => type)).toEqual(Array(7).fill('error'))
  viewer.say('{"type":"ping"}').say('{ "type": "ping" }')
  await eventually(
    async () => viewer.frames.filter(({ type }) => type === 'pong').length,
    (length) => length === 2,
  )
  for (let n = 0; n < 5; n++) viewer.say('again')
  expect(await viewer.closed).toMatchObject({ code: 4400 })
})

test('a stream stops and goes on; filters and sampling are those of its start', async () => {
  const viewer = (await logs.open('stops')).start({ filters: { level: 'error' } })
  const failed = { outcome: 'exception', exceptions: [{ name: 'Error', message: 'boom' }] }
  await logs.deliver(trace('stops', 'fine'), trace('stops', 'broken', failed), trace('stops', 'fine again'))
  await viewer.got(1)
  viewer.say({ type: 'stop-stream' })
  const stopped = await viewer.frame('stopped')
  expect(stopped['seq']).toBe(3)
  await logs.deliver(trace('stops', 'unseen'))
  viewer.start({ since: 3, filters: { text: 'UNSEEN' } })
  await viewer.got(2)
  expect(viewer.messages).toEqual(['broken', 'unseen'])
})

test('a hundred scripts have a log each', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `many-${n}`)
  await logs.deliver(...names.flatMap((name) => [trace(name, name), trace(name, 'second')]))
  for (const name of [names[0] ?? '', names[57] ?? '', names[99] ?? '']) {
    const viewer = (await logs.open(name)).start()
    await viewer.got(2)
    expect(viewer.messages).toEqual([name, 'second'])
  }
})

test('events of 256 KB arrive whole', async () => {
  const viewer = (await logs.open('huge')).start()
  const text = 'ü'.repeat(128_000)
  for (let n = 0; n < 12; n++) await logs.deliver(trace('huge', text))
  await viewer.got(12)
  expect(viewer.messages.every((message) => message === text)).toBe(true)
})

test('who was away for longer than events are kept is told what is missing', async () => {
  for (let n = 0; n < 30; n++)
    await logs.deliver(...Array.from({ length: 200 }, (_, at) => trace('long', n * 200 + at)))
  // Events go when they are stored, which happens by itself.
  const viewer = await eventually(
    async () => {
      const socket = (await logs.open('long')).start({ since: 10 })
      await eventually(
        async () => socket.seqs.at(-1),
        (seq) => seq === 6000,
        20_000,
      )
      return socket
    },
    ({ frames }) => frames.some(({ type }) => type === 'gap'),
    20_000,
  )
  const { next } = await viewer.frame('gap')
  expect(next).toBeGreaterThan(11)
  expect(viewer.seqs).toEqual(Array.from({ length: 6001 - Number(next) }, (_, n) => n + Number(next)))
  const future = (await logs.open('long')).start({ since: 99_999 })
  expect(await future.frame('gap')).toEqual({ type: 'gap', after: 99_999, next: 5001 })
  await future.got(1000)
  expect(future.seqs).toEqual(Array.from({ length: 1000 }, (_, n) => n + 5001))
}, 60_000)

/** A viewer that says start-stream and then reads nothing. */
async function stuckViewer(name: string): Promise<Socket> {
  const { hostname, port } = new URL(logs.url())
  const socket = connect(Number(port), hostname)
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  socket.write(
    `GET ${logs.path(name)} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${root}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`,
  )
  await new Promise((resolve) => socket.once('data', resolve))
  const start = Buffer.from('{"type":"start-stream"}')
  socket.pause()
  socket.write(Buffer.concat([Buffer.from([0x81, start.length]), start]))
  return socket
}

test('who does not read is dropped with a reason, and slows nobody', async () => {
  const stuck = await stuckViewer('slow')
  const silent = await logs.open('slow')
  silent.acknowledges = false
  silent.start()
  const viewer = (await logs.open('slow')).start()
  const text = 'x'.repeat(20_000)
  for (let n = 0; n < 30; n++) {
    await logs.deliver(...Array.from({ length: 50 }, (_, at) => trace('slow', `${n * 50 + at} ${text}`)))
  }
  await viewer.got(1500)
  expect(viewer.seqs).toEqual(Array.from({ length: 1500 }, (_, n) => n + 1))
  expect(await silent.closed).toEqual({ code: 4408, reason: expect.stringContaining('since') })
  // It was sent no more than may be on its way, and misses nothing when it comes again.
  expect(silent.events.length).toBeLessThan(120)
  const again = (await logs.open('slow')).start({ since: silent.seqs.at(-1) })
  await again.got(1500 - silent.events.length)
  expect([...silent.seqs, ...again.seqs]).toEqual(viewer.seqs)
  stuck.destroy()
}, 60_000)

test('Server-Sent Events go on behind the last one, and wait for who reads slowly', async () => {
  for (let n = 1; n <= 3; n++) await logs.deliver(trace('sse', n))
  const stop = new AbortController()
  const headers = { accept: 'text/event-stream', 'last-event-id': '1' }
  const response = await logs.call(logs.path('sse'), { headers, signal: stop.signal })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  let text = ''
  const reading = (async () => {
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString()
  })().catch(() => undefined)
  await eventually(
    async () => text,
    (so) => so.includes('id: 3\n'),
  )
  await logs.deliver(trace('sse', 4))
  await eventually(
    async () => text,
    (so) => so.includes('id: 4\n'),
  )
  const seqs = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '').seq)
  expect(seqs).toEqual([2, 3, 4])
  stop.abort()
  await reading
})
