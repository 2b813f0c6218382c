import { LogViewer } from '../../scripts/bench/log-viewers.ts'
import { eventually, root } from '../../worker/testing.ts'
import { startLogs, trace } from './logs.ts'

const logs = startLogs()

test('200 viewers get every event once, in order, also those who are thrown out in the middle', async () => {
  const url = `${logs.url()}${logs.path('busy')}`
  const viewers = Array.from({ length: 200 }, () => new LogViewer(url, root))
  for (const viewer of viewers) await viewer.connect()
  const deliver = async (count: number) => {
    for (let n = 0; n < count; n++) await logs.deliver(trace('busy', n), trace('busy', n))
  }
  await deliver(25)
  const [, ...half] = viewers.filter((_, n) => n % 2 === 0)
  const coming = Promise.all(
    half.map(async (viewer) => {
      viewer.drop()
      await viewer.connect()
    }),
  )
  await Promise.all([deliver(25), coming])
  await eventually(
    async () => viewers.filter(({ last }) => last < 100).length,
    (late) => late === 0,
    60_000,
  )
  expect(viewers.reduce((sum, { delays }) => sum + delays.length, 0)).toBe(200 * 100)
  expect(viewers.reduce((sum, { wrong }) => sum + wrong, 0)).toBe(0)
  for (const viewer of viewers) viewer.drop()
}, 120_000)
