import { Worker } from 'node:worker_threads'
import { waitForValues } from './waiting.ts'

/** Notifies over and over, and only after a while changes the value. */
const notifier = `
  const { workerData: handle } = require('node:worker_threads')
  let left = 20
  const timer = setInterval(() => {
    left -= 1
    if (left === 0) Atomics.store(handle, 0, 1)
    Atomics.notify(handle, 0)
    if (left === 0) clearInterval(timer)
  }, 5)`

test('a notification that belongs to an earlier call ends no wait', async () => {
  waitForValues()
  const handle = new Int32Array(new SharedArrayBuffer(4))
  const thread = new Worker(notifier, { eval: true, workerData: handle })
  expect(Atomics.wait(handle, 0, 0)).toBe('ok')
  expect(Atomics.load(handle, 0)).toBe(1)
  expect(Atomics.wait(handle, 0, 0)).toBe('not-equal')
  expect(Atomics.wait(handle, 0, 1, 10)).toBe('timed-out')
  await thread.terminate()
})
