import * as fc from 'fast-check'
import { ago, progress, span } from '../../scripts/cli/moments.ts'
import { nearest } from '../../scripts/cli/nearest.ts'
import { bytes } from '../../scripts/cli/sizes.ts'
import { table } from '../../scripts/cli/table.ts'
import { cut, plain, plainJson, plainLines, widthOf } from '../../scripts/cli/text.ts'

test.each([
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;a title\u0007text', 'text'],
  ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b]never ended', ']never ended'],
  ['\u009b2Jc\u009dtitle\u009cd', 'cd'],
  ['\u001bPq#0\u001b\\sixel', 'sixel'],
  ['\u001bcreset \u001b(Bset', 'reset set'],
  ['bell\u0007, null\u0000, delete\u007f', 'bell, null, delete'],
  ['one\r\ntwo\rthree\ttab', 'one twothree tab'],
  ['left\u202eright\u2066', 'leftright'],
  ['\u001b[31', '[31'],
  ['Ünïcödé 中文 🎉', 'Ünïcödé 中文 🎉'],
])('%j is shown as %j', (recorded, shown) => {
  expect(plain(recorded)).toBe(shown)
})

test('nothing that steers a terminal is left of any text', () => {
  const sign = fc.oneof(
    fc.constantFrom('\u001b', '[', ']', '\u0007', '\\', '\u009b', 'm', '\r', '\n', '\t', 'P', '1'),
    fc.string(),
  )
  fc.assert(
    fc.property(
      fc.array(sign).map((signs) => signs.join('')),
      (text) => {
        expect(plainLines(text).join('')).not.toMatch(/[^\P{Cc}\t]|\p{Bidi_Control}/u)
        expect(plain(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
        expect(JSON.parse(plainJson(JSON.stringify(text)))).toBe(text)
      },
    ),
  )
})

test('a line of openings without ends is read once', () => {
  const start = performance.now()
  for (const opening of ['\u001b]', '\u001b[', '\u009b', '\u0090', '\u009d', '\u001bP', '\u001b[1;'])
    plain(opening.repeat(200_000))
  expect(performance.now() - start).toBeLessThan(2000)
})

test('a cut text is as wide as it may be, and never wider', () => {
  expect(['abcdef', '中文字', 'ab', '🎉🎉🎉'].map((text) => cut(text, 4))).toEqual(['abc…', '中…', 'ab', '🎉…'])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 30 }), (text, width) => {
      expect(widthOf(cut(plain(text), width))).toBeLessThanOrEqual(width)
    }),
  )
})

const column = (index: number) => ({ head: `H${index}`, cell: (row: string[]) => row[index] ?? '' })

test('a table is as wide as it may be, and never wider while each column has room for a sign', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.string(), { minLength: 3, maxLength: 3 }), { minLength: 1 }),
      fc.integer({ min: 7, max: 100 }),
      (rows, width) => {
        const lines = table([0, 1, 2].map(column), rows, width).split('\n')
        expect(lines).toHaveLength(rows.length + 2)
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width)
      },
    ),
  )
})

test('columns are cut where it hurts least', () => {
  const columns = [
    { head: 'ID', cell: () => 'deploy-1' },
    { head: 'NAME', cell: () => 'a-long-name-of-a-state', least: 6 },
    { head: 'AT', cell: () => '2026-11-21', isOptional: true },
  ]
  expect(table(columns, [1], 44)).toBe(
    'ID        NAME                    AT\ndeploy-1  a-long-name-of-a-state  2026-11-21\n',
  )
  expect(table(columns, [1], 36)).toBe('ID        NAME            AT\ndeploy-1  a-long-name-o…  2026-11-21\n')
  expect(table(columns, [1], 20)).toBe('ID        NAME\ndeploy-1  a-long-na…\n')
  expect(table(columns, [1], null)).toContain('a-long-name-of-a-state  2026-11-21')
})

test('times and sizes are told in two units at most', () => {
  const spans = [0, 999, 1000, 9949, 12_400, 60_000, 185_000, 3_600_000, 7_380_000, 200_000_000].map(span)
  expect(spans).toEqual([
    '0 ms',
    '999 ms',
    '1.0 s',
    '9.9 s',
    '12 s',
    '1 min',
    '3 min 5 s',
    '1 h',
    '2 h 3 min',
    '2 d 7 h',
  ])
  const at = '2026-11-21T10:00:00.000Z'
  const now = Date.parse(at)
  expect([-5000, 999, 1000, 90_000, 7_200_000].map((later) => ago(at, now + later))).toEqual([
    'just now',
    'just now',
    '1 s ago',
    '1 min ago',
    '2 h ago',
  ])
  expect(progress(12_000, 45_000)).toBe('12 s of about 45 s')
  expect(progress(50_000, 45_000)).toBe('50 s, expected were about 45 s')
  expect(progress(12_000, null)).toBe('12 s so far')
  expect([0, 1, 999, 1000, 12_345, 100_000_000].map(bytes)).toEqual([
    '0 bytes',
    '1 bytes',
    '999 bytes',
    '1.0 KB',
    '12 KB',
    '100 MB',
  ])
})

test.each([
  ['deploments', 'deployments'],
  ['shwo', 'show'],
  ['log', 'logs'],
  ['LOGS', 'logs'],
  ['st', 'state'],
  ['s', null],
  ['frobnicate', null],
  ['x'.repeat(10_000), null],
])('%j is near to %j', (word, meant) => {
  expect(nearest(word, ['deployments', 'show', 'logs', 'why', 'state'])).toBe(meant)
})
