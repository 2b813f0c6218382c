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
