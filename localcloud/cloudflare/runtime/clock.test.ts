import { localCron } from './clock.ts'

test('days of the week are counted from Sunday', () => {
  expect(localCron('*/5 * * * *')).toBe('*/5 * * * *')
  expect(localCron('0 0 1 1 1')).toBe('0 0 1 1 0')
  expect(localCron('0 9 * * 2-6')).toBe('0 9 * * 1-5')
  expect(localCron('0 9 * * MON-FRI')).toBe('0 9 * * MON-FRI')
})
