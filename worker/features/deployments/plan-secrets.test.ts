import { hidden, Secrets } from '../../platform/redact.ts'
import { redactPlan } from './plan-record.ts'
import type { PlanRecord } from './plan-record.ts'

function recordOf(raw: unknown): PlanRecord {
  return redactPlan(raw, new Secrets())
}

function planOf(change: object, more: object = {}): Record<string, unknown> {
  const resource = { address: 'a_b.c', change: { actions: ['update'], before: null, ...change } }
  return { format_version: '1.2', resource_changes: [resource], ...more }
}

function afterIn(raw: unknown): unknown {
  return recordOf(raw).resource_changes[0]?.change.after
}

const secret = 'p&<é"0123456789!* %'
const copies = [
  secret,
  Buffer.from(`user:${secret}`).toString('base64'),
  encodeURIComponent(secret),
  JSON.stringify({ secret }),
]

test.each([
  ['a change before', planOf({ before: [secret], before_sensitive: [true] })],
  ['drift', planOf({}, { resource_drift: [{ change: { before: { a: secret }, before_sensitive: { a: true } } }] })],
  ['an output', planOf({}, { output_changes: { a: { after: secret, after_sensitive: true } } })],
  [
    'an unchanged output of the prior state',
    planOf({}, { prior_state: { values: { outputs: { a: { sensitive: true, value: [secret] } } } } }),
  ],
  [
    'a resource of a module inside a module of the prior state',
    planOf(
      {},
      {
        prior_state: {
          values: inChild(inChild({ resources: [{ values: { a: secret }, sensitive_values: { a: true } }] })),
        },
      },
    ),
  ],
  [
    'a planned value',
    planOf(
      {},
      {
        planned_values: { root_module: { resources: [{ values: { a: [secret] }, sensitive_values: { a: [true] } }] } },
      },
    ),
  ],
  [
    'a sensitive variable',
    planOf(
      {},
      {
        variables: { a: { value: { inner: secret } } },
        configuration: { root_module: { variables: { a: { sensitive: true } } } },
      },
    ),
  ],
  [
    'the default of one',
    planOf({}, { configuration: { root_module: { variables: { a: { sensitive: true, default: secret } } } } }),
  ],
  [
    'what a call gives to a sensitive variable',
    planOf(
      {},
      {
        configuration: {
          root_module: {
            module_calls: {
              m: { expressions: { a: { constant_value: secret } }, module: { variables: { a: { sensitive: true } } } },
            },
          },
        },
      },
    ),
  ],
  ['a variable with a telling name', planOf({}, { variables: { db_password: { value: secret } } })],
  [
    'a credential of a provider',
    planOf(
      {},
      { configuration: { provider_config: { a: { expressions: { api_token: { constant_value: secret } } } } } },
    ),
  ],
  ['an attribute with a telling name', planOf({}, { prior_state: { values: { inner: { client_secret: secret } } } })],
])('hides copies of %s', (_, raw) => {
  const change = { address: 'a_b.d', change: { actions: ['create'], after: { copies, [`key ${secret}`]: 'value' } } }
  const record = recordOf({ ...raw, resource_changes: [...(raw['resource_changes'] as unknown[]), change] })
  const text = JSON.stringify(record.resource_changes)
  expect(text).toContain(`"key ${hidden}":"value"`)
  expect(text).not.toMatch(/0123456789|MDEyMzQ1Njc4|AxMjM0NTY3OD|wMTIzNDU2Nzg5/)
})

function inChild(module: object): object {
  return { root_module: { child_modules: [module] }, child_modules: [module] }
}

test('hides a secret in the key of an address, and leaves names that are spelled like one', () => {
  const resource = {
    address: 'module.production["key of production"].a_b.production',
    previous_address: 'a_b.production[0]',
    type: 'a_b',
    provider_name: 'registry.terraform.io/production/production',
    action_reason: 'replace_by_request',
    change: { actions: ['delete', 'create'], replace_paths: [['production', 0]], importing: { id: 'in production' } },
  }
  const marked = { actions: ['create'], after: ['production', 'delete', 'registry'], after_sensitive: true }
  const raw = { format_version: '1.2', resource_changes: [resource], output_changes: { production: marked } }
  const record = recordOf(raw)
  expect(record.resource_changes).toEqual([
    {
      ...resource,
      address: `module.production["key of ${hidden}"].a_b.production`,
      deposed: null,
      change: {
        actions: ['delete', 'create'],
        before: null,
        after: null,
        after_unknown: null,
        replace_paths: [[hidden, 0]],
        importing: { id: `in ${hidden}`, identity: null },
      },
    },
  ])
  expect(Object.keys(record.output_changes)).toEqual(['production'])
})

test('tells what is unknown, but not how a secret is made', () => {
  const change = {
    after: { open: {}, closed: {} },
    after_sensitive: { closed: true },
    after_unknown: { id: true, open: { a: true, list: [false, true] }, closed: { 'a secret name': true } },
  }
  expect(recordOf(planOf(change)).resource_changes[0]?.change.after_unknown).toEqual({
    id: true,
    open: { a: true, list: [false, true] },
    closed: true,
  })
})

test('keeps names apart that secrets made different', () => {
  const value = { 'first-secret': 1, 'other-secret': 2, '(sensitive) 2': 3 }
  const more = { output_changes: { a: { after: ['first-secret', 'other-secret'], after_sensitive: true } } }
  expect(afterIn(planOf({ after: value }, more))).toEqual({ '(sensitive)': 1, '(sensitive) 2': 3, '(sensitive) 3': 2 })
})

test('hides a marked number wherever it is, unless it is a common one', () => {
  const value = { pin: 4711, port: 443, copies: [4711, 443, '4711', 'x4711'] }
  expect(afterIn(planOf({ after: value, after_sensitive: { pin: true, port: true } }))).toEqual({
    pin: hidden,
    port: hidden,
    copies: [hidden, 443, hidden, 'x4711'],
  })
})

test('does not take a reference for a secret', () => {
  const expressions = { token: { constant_value: '${var.token}' }, input: { constant_value: '${var.token}' } }
  const raw = planOf({ after: { text: 'is ${var.token}' } }, { configuration: { provider_config: { expressions } } })
  expect(afterIn(raw)).toEqual({ text: 'is ${var.token}' })
})
