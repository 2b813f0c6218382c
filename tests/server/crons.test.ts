import { driveCrons } from '../../scripts/embedded/crons.ts'
import { Manifest } from '../../scripts/embedded/manifest.ts'

const manifest = Manifest.parse({
  name: 'timed',
  main: 'index.js',
  compatibility_date: '2026-07-01',
  triggers: { crons: ['* * * * *', '*/1 * * * * *'] },
})
const consoleError = console.error
afterEach(() => {
  console.error = consoleError
})

test('runs each cron in its time and the one of every minute at once, never twice at a time', async () => {
  const begun: string[] = []
  const { promise: end, resolve } = Promise.withResolvers<void>()
  const stop = driveCrons(manifest, async (cron) => {
    begun.push(cron)
    await end
  })
  await new Promise((done) => setTimeout(done, 2200))
  expect(begun).toEqual(['* * * * *', '*/1 * * * * *'])
  resolve()
  await stop()
})

test('tells of one that fails and goes on', async () => {
  const told: string[] = []
  console.error = (...parts: unknown[]) => void told.push(parts.join(' '))
  const stop = driveCrons(manifest, () => Promise.reject(new Error('no luck')))
  await new Promise((done) => setTimeout(done, 2200))
  await stop()
  expect(told.filter((text) => text === 'Cron */1 * * * * * failed: Error: no luck').length).toBeGreaterThanOrEqual(2)
})
