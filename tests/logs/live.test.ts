import { startLogs, trace } from './logs.ts'

const logs = startLogs()

test('nothing flows before start-stream; then what was, then what comes, each with its number', async () => {
  const { deliver, open } = logs
  await deliver(trace('first', 'one'), trace('first', 'two'))
  const early = await open('first')
  await deliver(trace('first', 'three'))
  const viewer = await open('first')
  expect(viewer.protocol).toBe('throughline.logs.v1')
  viewer.start()
  await viewer.got(3)
  await deliver(trace('first', 'four'))
  await viewer.got(4)
  expect(viewer.messages).toEqual(['one', 'two', 'three', 'four'])
  expect(viewer.seqs).toEqual([1, 2, 3, 4])
  expect(viewer.frames[0]).toEqual({ type: 'started', after: 0, seq: 3 })
  expect(early.frames).toEqual([])
  early.start({ since: 3 })
  await early.got(1)
  expect(early.messages).toEqual(['four'])
})

test('a server that starts anew goes on counting, and whoever reconnects misses and repeats nothing', async () => {
  const { deliver, open } = logs
  for (const n of [1, 2, 3]) await deliver(trace('again', n))
  const before = (await open('again')).start()
  await before.got(3)
  await logs.restart()
  await deliver(trace('again', 4))
  const after = (await open('again')).start({ since: 3 })
  await after.got(1)
  await deliver(trace('again', 5))
  await after.got(2)
  expect([...before.seqs, ...after.seqs]).toEqual([1, 2, 3, 4, 5])
  expect([...before.messages, ...after.messages]).toEqual([1, 2, 3, 4, 5])
}, 60_000)
