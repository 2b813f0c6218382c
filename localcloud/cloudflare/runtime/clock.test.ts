import { isCron, localCron } from './clock.ts'

test('days of the week are counted from Sunday', () => {
  expect(localCron('*/5 * * * *')).toBe('*/5 * * * *')
  expect(localCron('0 0 1 1 1')).toBe('0 0 1 1 0')
  expect(localCron('0 9 * * 2-6')).toBe('0 9 * * 1-5')
  expect(localCron('0 9 * * MON-FRI')).toBe('0 9 * * MON-FRI')
  expect(localCron('0 9 * * */2')).toBe('0 9 * * */2')
  expect(localCron('0 9 * * 6#2')).toBe('0 9 * * 5#2')
})

test.each(['moon', '* * * *', '* * * * * *', '61 * * * *', '0 24 * * *', '0 22 * * 0', '0 0 * * 8', '0 0 32 * *'])(
  'the expression %s is none',
  (text) => expect(isCron(text)).toBe(false),
)

test.each(['* * * * *', '*/5 0-6 1,15 * 2-6', '59 23 LW * *', '0 9 * * 6L', '0 0 * JAN SUN'])(
  'the expression %s is one',
  (text) => expect(isCron(text)).toBe(true),
)
