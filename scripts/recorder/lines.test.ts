import { assert, integer, property, string, uint8Array, array } from 'fast-check'
import { Secrets } from '../../worker/platform/redact.ts'
import { Clock } from './clock.ts'
import { LineCutter, longestLine } from './lines.ts'
import { Redaction } from './redaction.ts'
import { savedPlanFilter } from './saved-plan-stream.ts'

/** The lines that are recorded of bytes that come in such pieces. */
function recorded(bytes: Buffer, size: number, secrets: Secrets): string[] {
  const cutter = new LineCutter()
  const redaction = new Redaction()
  const pieces = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(...cutter.push(bytes.subarray(at, at + size)))
  return [...pieces, ...cutter.end()].flatMap((piece) => redaction.lines(piece, secrets))
}

test('lines are the same however the bytes come', () => {
  assert(
    property(array(string(), { maxLength: 20 }), integer({ min: 1, max: 50 }), (lines, size) => {
      const text = lines.map((line) => `${line}\n`).join('')
      expect(recorded(Buffer.from(text), size, new Secrets())).toEqual(recorded(Buffer.from(text), 1e6, new Secrets()))
    }),
  )
})

test('any bytes can be cut', () => {
  assert(
    property(uint8Array({ maxLength: 500 }), integer({ min: 1, max: 50 }), (bytes, size) => {
      const lines = recorded(Buffer.from(bytes), size, new Secrets())
      expect(lines.join('')).not.toContain('\n')
    }),
  )
})

test.each([0, 1, 5, 9, 14, 30, 8192, 8200])(
  'a secret is hidden where a long line is cut, %d characters before',
  (before) => {
    const secret = 'correct-horse-battery'
    const secrets = new Secrets()
    secrets.add(secret)
    const start = 'x'.repeat(longestLine - before)
    const lines = recorded(Buffer.from(`${start}${secret}${'y'.repeat(longestLine)}\nnext`), 1000, secrets)
    expect(lines.join('')).toBe(`${start}(sensitive)${'y'.repeat(longestLine)}next`)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(longestLine)
  },
)

test('a private key is hidden over all of its lines', () => {
  const text = 'a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n+abc\n-----END RSA PRIVATE KEY-----\nb\n'
  expect(recorded(Buffer.from(text), 7, new Secrets())).toEqual([
    'a',
    '(sensitive)',
    '(sensitive)',
    '(sensitive)',
    '(sensitive)',
    'b',
  ])
})

test('characters of several bytes are not torn where a long line is cut', () => {
  const text = `x${'😀'.repeat(40_000)}`
  const lines = recorded(Buffer.from(text), 999, new Secrets())
  expect(lines.join('')).toBe(text)
  expect(lines.every((line) => line.isWellFormed())).toBe(true)
})

test('the clock never goes back', () => {
  const clock = new Clock()
  const before = clock.now()
  const { now } = Date
  try {
    Date.now = () => 0
    expect(clock.now()).toBeGreaterThanOrEqual(before)
  } finally {
    Date.now = now
  }
})

const summary = 'Apply complete! Resources: 0 added, 0 changed, 2 destroyed.'
const version = '{"@level":"info","type":"version"}'
const done = `{"@message":"${summary}","changes":{"remove":2,"operation":"apply"},"type":"change_summary"}`
const outputs = '{"outputs":{},"type":"outputs"}'
test.each([
  [
    'text',
    false,
    `a\nApply\n${summary}\n\u001B[0m\u001B[0m\u001B[1m\nOutputs:\n\nx = 1\n`,
    'a\nApply\nDestroy complete! Resources: 2 destroyed.\n\u001B[0m',
  ],
  ['text that fails', false, 'a\nb', 'a\nb'],
  [
    'JSON',
    true,
    [version, '{"type":"planned_change"}', 'odd', done, outputs, ''].join('\n'),
    'odd\n{"@message":"Destroy complete! Resources: 2 destroyed.","changes":{"remove":2,"operation":"destroy"},"type":"change_summary"}\n',
  ],
] as const)(
  'the apply of a plan of destruction is told as a destruction, however it comes: %s',
  (_, isJson, text, told) => {
    for (const size of [1, 3, 20, 1000]) {
      const filter = savedPlanFilter({ isJson, isDestroy: true })
      const bytes = Buffer.from(text)
      const pieces: (Buffer | undefined)[] = []
      for (let at = 0; at < bytes.length; at += size) pieces.push(filter?.push(bytes.subarray(at, at + size)))
      expect([...pieces, filter?.end()].join('')).toBe(told)
    }
    expect(savedPlanFilter({ isJson: false, isDestroy: false })).toBeUndefined()
  },
)
