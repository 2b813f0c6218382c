import { diffsOf, state } from '../../testing-states.ts'
import { startWorker } from '../../testing.ts'

const worker = startWorker()
const { stored, fetchDiff, diffOf } = diffsOf(worker)

type Body = Record<string, unknown>

const secrets = {
  marked: 'Marked-9c1b44e0a7',
  before: 'Before-77aa10c3d9',
  after: 'After-5512efab90',
  named: 'Named-0b0f3d2277',
  output: 'Output-e81c09ad44',
  special: 'p&<é"Special-31aa77!* %',
  mapKey: 'Mapkey-77d0c3aa19',
  data: 'Data-c0ffee4412',
  steady: 'Steady-41d0b7e2c6',
  turned: 'Turned-90aa3fd1b8',
  short: 'Ab1$',
}
const core = Object.values(secrets).flatMap((secret) => /[A-Z][a-z]+-[0-9a-f]{10}/.exec(secret) ?? [])

/** All that would betray a secret: base64 differs with the place of the first byte. */
const forms = core.flatMap((secret) => [
  secret,
  secret.split('-')[1] ?? secret,
  ...[0, 1, 2].map((shift) =>
    Buffer.from('\0'.repeat(shift) + secret)
      .toString('base64')
      .slice(4, -4),
  ),
])

/** A secret as providers and functions copy it. */
const copies = (secret: string) => [
  `<${secret}>`,
  Buffer.from(`user:${secret}`).toString('base64'),
  encodeURIComponent(secret),
  JSON.stringify({ secret }),
]

const data = {
  mode: 'data',
  type: 'd',
  name: 'd',
  instances: [{ attributes: { key: secrets.data }, sensitive_attributes: [[{ type: 'get_attr', value: 'key' }]] }],
}

const document = (serial: number, attributes: Body, sensitive: string[], outputs: Body) => {
  const body = JSON.parse(state(serial, [{ name: 'x', attributes, sensitive }])) as {
    resources: unknown[]
    outputs: Body
  }
  return JSON.stringify({ ...body, outputs, resources: [...body.resources, data] })
}

test('what is secret in one of two versions is found in neither direction, in no form', async () => {
  // What is shorter than 6 characters is not sought in other texts.
  const all = Object.values(secrets).filter(({ length }) => length > 5)
  const first = document(
    1,
    {
      marked: secrets.marked,
      // Marked in the other version only.
      later: secrets.before,
      copies: [secrets.after, secrets.output, secrets.special, secrets.data].flatMap(copies),
      text: 'open',
      map: { [secrets.mapKey]: 1 },
      password: 'none',
      short: secrets.short,
    },
    ['marked', 'short'],
    {
      shown: { value: secrets.before },
      hidden: { value: secrets.output, sensitive: true },
      steady: { value: secrets.steady, sensitive: true },
      // Marked in the other version only.
      turned: { value: secrets.turned },
    },
  )
  const second = document(
    2,
    {
      marked: secrets.special,
      later: secrets.after,
      copies: all.flatMap(copies),
      text: `it is ${secrets.marked} or ${secrets.before}`,
      map: { [secrets.mapKey]: 2 },
      key: secrets.mapKey,
      password: secrets.named,
      short: '',
    },
    ['later', 'key', 'marked'],
    {
      shown: { value: `${secrets.before}.` },
      hidden: { value: secrets.named },
      steady: { value: secrets.steady, sensitive: true },
      turned: { value: 'harmless-text', sensitive: true },
    },
  )
  await stored('secret', first, second)
  for (const query of ['?from=1&to=2', '?from=2&to=1', '?from=1&to=1']) {
    const text = await (await fetchDiff('secret', query)).text()
    expect(forms.filter((form) => text.includes(form))).toEqual([])
  }
  const { changes, outputs } = await diffOf('secret')
  const attributes = changes[0]?.attributes ?? []
  expect(attributes.filter(({ name }) => !String(name).startsWith('copies['))).toEqual([
    { name: 'key', before: null, after: '(sensitive)', sensitive: true },
    { name: 'later', before: '(sensitive)', after: '(sensitive)', sensitive: true },
    { name: 'map["(sensitive)"]', before: 1, after: 2, sensitive: false },
    { name: 'marked', before: '(sensitive)', after: '(sensitive)', sensitive: true },
    { name: 'password', before: '(sensitive)', after: '(sensitive)', sensitive: true },
    { name: 'short', before: '(sensitive)', after: '(sensitive)', sensitive: true },
    { name: 'text', before: 'open', after: 'it is (sensitive) or (sensitive)', sensitive: true },
  ])
  expect(outputs).toEqual([
    { name: 'hidden', before: '(sensitive)', after: '(sensitive)', sensitive: true },
    { name: 'shown', before: '(sensitive)', after: '(sensitive).', sensitive: true },
    { name: 'turned', before: '(sensitive)', after: '(sensitive)', sensitive: true },
  ])
})
