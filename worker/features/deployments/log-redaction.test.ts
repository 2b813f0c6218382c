import { LineRedaction } from './log-redaction.ts'

const begin = '-----BEGIN RSA PRIVATE KEY-----'
const end = '-----END RSA PRIVATE KEY-----'
const hide = (lines: string[]) => {
  const redaction = new LineRedaction()
  return lines.map((line) => redaction.hide('1 stdout', line))
}

test('a private key is hidden from its first line to its last', () => {
  const shown = hide(['before', `  key = ${begin}`, 'MIIEvQ', 'AASC', `${end} and after`, 'later MIIEvQ'])
  expect(shown).toEqual([
    'before',
    '  key = (sensitive)',
    '(sensitive)',
    '(sensitive)',
    '(sensitive) and after',
    'later MIIEvQ',
  ])
})

test('a key on one line ends there, and another may begin behind one', () => {
  expect(hide([`${begin} MIIE ${end} x`, 'y'])).toEqual(['(sensitive) x', 'y'])
  expect(hide([begin, `MIIE ${end} ${begin} MIIF`, 'MIIG', end, 'y'])).toEqual([
    '(sensitive)',
    '(sensitive) (sensitive)',
    '(sensitive)',
    '(sensitive)',
    'y',
  ])
})

test('a beginning without an end does not hide all the rest', () => {
  const shown = hide([begin, ...Array.from({ length: 400 }, (_, n) => `line ${n}`)])
  expect(shown[100]).toBe('(sensitive)')
  expect(shown.at(-1)).toBe('line 399')
})

test('streams are apart', () => {
  const redaction = new LineRedaction()
  redaction.hide('1 stdout', begin)
  expect(redaction.hide('1 stderr', 'text')).toBe('text')
  expect(redaction.hide('1 stdout', 'text')).toBe('(sensitive)')
})
