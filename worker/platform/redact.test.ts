import { array, assert, constantFrom, property } from 'fast-check'
import { hidden, redact, Secrets } from './redact.ts'
import type { Step } from './redact.ts'

const secret = `p&<é"0123456789'!* %`

function shown(value: unknown, ...paths: Step[][]): unknown {
  const secrets = new Secrets()
  secrets.collect(value, paths)
  return redact(value, paths, secrets)
}

test.each([
  ['as it is', secret],
  ['in base64 for a URL', Buffer.from(secret).toString('base64url')],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in the base64 of a longer text', Buffer.from(`user:${secret}`).toString('base64')],
  ['in the base64 of one that goes on', Buffer.from(`a: ${secret}, b`).toString('base64')],
  ['in a URL', encodeURIComponent(secret)],
  ["in a URL as Terraform's urlencode writes it", 'p%26%3C%C3%A9%220123456789%27%21%2A+%25'],
  ['in JSON', JSON.stringify({ secret })],
  ["in JSON as Terraform's jsonencode writes it", `{"secret":"p\\u0026\\u003cé\\"0123456789'!* %"}`],
])('hides a copy of a secret %s', (_, copy) => {
  const { text } = shown({ marked: secret, text: `<${copy}>` }, ['marked']) as { text: string }
  expect(text).toContain(hidden)
  expect(text).not.toContain('0123456789')
  expect(text.length).toBeLessThan(copy.length)
})

test('hides what is marked inside an attribute whose type only its value tells', () => {
  const input = {
    value: { open: 'a string', closed: 'inside' },
    type: ['object', { open: 'string', closed: 'string' }],
  }
  const result = { ...input, value: { open: 'a string', closed: hidden } }
  expect(shown({ input, copy: 'inside' }, ['input', 'closed'])).toEqual({ input: result, copy: hidden })
})

test('does not take the type of a secret for a secret', () => {
  const input = { value: 'inside', type: 'string' }
  expect(shown({ input, text: 'a string' }, ['input'])).toEqual({ input: hidden, text: 'a string' })
})

test('hides a copy of a secret of many lines also line by line, and indented', () => {
  const lines = ['first line, 0123456789', 'second line, 9876543210', 'short']
  const text = `data:\n    ${lines[0]}\n    ${lines[1]}\n`
  expect(shown({ marked: lines.join('\n'), text, line: lines[1], word: 'short' }, ['marked'])).toEqual({
    marked: hidden,
    text: `data:\n    ${hidden}\n    ${hidden}\n`,
    line: hidden,
    word: 'short',
  })
})

test('hides a short secret only where it is the whole value, and never a name or a flag', () => {
  const secrets = new Secrets()
  secrets.collect({ first: 'abc', second: 'true', third: '' }, [[]])
  const values = ['abc', 'abcd', 'true', '']
  expect(values.map((value) => secrets.hideValue(value))).toEqual([hidden, 'abcd', 'true', ''])
  expect(secrets.hide('abc')).toBe('abc')
})

test('leaves what is hidden as it is, whatever the secrets are', () => {
  const parts = [
    'sensitive',
    '(sensitive)',
    'ghp_0123456789abcdefghij',
    'Bearer ',
    '://a:',
    '@',
    'eyJ0123456789.0123456789.',
    ' ',
  ]
  assert(
    property(array(constantFrom(...parts, 'x', 'hunter2')), array(constantFrom(...parts)), (words, known) => {
      const secrets = new Secrets()
      for (const word of known) secrets.add(word)
      const once = secrets.hide(words.join(''))
      expect(secrets.hide(once)).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test('takes no longer for many secrets that begin alike', () => {
  const secrets = new Secrets()
  const texts = Array.from({ length: 2000 }, (_, index) => `{"Version":"2012-10-17",${'x'.repeat(index)}`)
  for (const text of texts) secrets.add(`${text}1`)
  const start = performance.now()
  for (const text of texts) expect(secrets.hide(`${text}2`)).toBe(`${text}2`)
  expect(performance.now() - start).toBeLessThan(2000)
})

test('copies of a secret number are hidden, and common numbers stay', () => {
  const secrets = new Secrets()
  const value = { pin: 12345678, copy: 'pin 12345678', again: 12345678, port: 443, other: 87654321 }
  secrets.collect(value, [['pin']])
  expect(redact(value, [['pin']], secrets)).toEqual({
    pin: hidden,
    copy: `pin ${hidden}`,
    again: hidden,
    port: 443,
    other: 87654321,
  })
})
