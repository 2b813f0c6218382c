import { assert, jsonValue, property } from 'fast-check'
import { sample } from '../../../tests/fixtures/terraform/samples.ts'
import { hidden, Secrets } from '../../platform/redact.ts'
import { planDigest } from './plan-digest.ts'
import { redactPlan } from './plan-record.ts'
import type { PlanRecord } from './plan-record.ts'

function recordOf(raw: unknown): PlanRecord {
  return redactPlan(raw, new Secrets())
}

const empty = {
  format_version: null,
  format_known: false,
  terraform_version: null,
  timestamp: null,
  errored: null,
  applyable: null,
  counts: { add: 0, change: 0, remove: 0, import: 0, move: 0, forget: 0, drift: 0 },
  resource_changes: [],
  resource_drift: [],
  output_changes: {},
  rest: {},
}

test.each([null, 1, true, 'text', [], [{ resource_changes: [] }], {}])('makes an empty record of %j', (raw) => {
  expect(recordOf(raw)).toEqual(empty)
})

/** Places where one piece of JSON or two may stand. */
const places: readonly ((one: unknown, two: unknown) => unknown)[] = [
  (one) => one,
  (one, two) => ({ format_version: one, terraform_version: two, timestamp: one, errored: two, applyable: one }),
  (one, two) => ({ format_version: '1.2', resource_changes: one, resource_drift: two, output_changes: one }),
  (one, two) => ({ format_version: '1.2', resource_changes: [one, { address: 'a_b.c', change: two }] }),
  (one, two) => changing({ actions: one, after: two }),
  (one, two) => changing({ actions: [one, two], before: one, after: two }),
  (one, two) => changing({ before: one, before_sensitive: two, after: two, after_sensitive: one }),
  (one, two) => changing({ after: one, after_unknown: one, after_sensitive: two }),
  (one, two) => changing({ replace_paths: one, importing: two }),
  (one, two) => changing({ replace_paths: [one], importing: { id: one, identity: two } }),
  (one, two) => ({
    output_changes: { one, two: { actions: ['update'], before: one, after: two, after_sensitive: one } },
  }),
  (one, two) => ({ format_version: '2.0', variables: one, configuration: two, resource_changes: [one, two], two }),
  (one, two) => ({ format_version: '1.2', variables: one, configuration: { root_module: two } }),
  (one, two) => ({ ...empty, counts: one, rest: two }),
]

function changing(change: object): unknown {
  return { format_version: '1.2', resource_changes: [{ address: 'a_b.c', change: { actions: ['update'], ...change } }] }
}

test.each(places.map((place, index) => [index, place] as const))(
  'takes any JSON, in place %i, and again',
  (_, place) => {
    assert(
      property(jsonValue(), jsonValue(), (one, two) => {
        const record = recordOf(place(one, two))
        const text = JSON.stringify(record)
        expect(JSON.stringify(recordOf(JSON.parse(text)))).toBe(text)
        expect(planDigest(record)).toHaveLength(64)
      }),
      { numRuns: 300 },
    )
  },
)

test('keeps a plan of an unknown format, without what is full of secrets', () => {
  const known = JSON.parse(sample('plan-show-update-replace.json')) as Record<string, unknown>
  const later = {
    ...known,
    format_version: '2.0',
    resource_changes: [{ address: 'a_b.c', actions: 'update', password: 'secret-4711', value: 'is hunter2' }],
    novelties: [{ before: 'ephemeral', before_sensitive: true }, { note: 'hunter2, ephemeral, AKIAIOSFODNN7EXAMPLE' }],
  }
  const record = recordOf(later)
  expect(record).toMatchObject({ format_version: '2.0', format_known: false, applyable: true, resource_changes: [] })
  expect(record.rest).toEqual({
    checks: undefined,
    complete: true,
    relevant_attributes: known['relevant_attributes'],
    resource_changes: [{ address: 'a_b.c', actions: 'update', password: hidden, value: `is ${hidden}` }],
    novelties: [{ before: hidden, before_sensitive: true }, { note: `${hidden}, ${hidden}, ${hidden}` }],
  })
  expect(recordOf(JSON.parse(JSON.stringify(record)))).toEqual(record)
})

test.each([
  ['1.0', true],
  ['1.2', true],
  ['1.99', true],
  ['1', true],
  ['0.1', false],
  ['10.0', false],
  ['2.0', false],
  [1.2, false],
])('says whether format %j is known', (version, known) => {
  expect(recordOf({ format_version: version }).format_known).toBe(known)
})

function deep(inside: string): unknown {
  return JSON.parse('[{"a":'.repeat(50_000) + inside + '}]'.repeat(50_000))
}

test('takes values and masks of any depth', () => {
  const raw = {
    format_version: '1.2',
    configuration: { root_module: deep('1') },
    resource_changes: [
      { address: 'a_b.c', change: { actions: ['update'], before: deep('"too deep"'), before_sensitive: deep('true') } },
      {
        address: 'a_b.d',
        change: { actions: ['update'], after: [1, 2, 3], after_sensitive: [deep('true'), deep('true')] },
      },
      { address: 'a_b.e', change: { actions: ['update'], after: 'copy of too deep', after_unknown: deep('true') } },
    ],
  }
  const record = recordOf(raw)
  expect(JSON.stringify(record)).not.toContain('deep')
  expect(recordOf(record)).toEqual(record)
})

test('is not misled by names that every object has', () => {
  const after = JSON.parse('{"constructor":"x1","toString":"x2","__proto__":{"polluted":"x3"}}') as object
  const raw = { format_version: '1.2', resource_changes: [{ address: 'a.b', change: { actions: ['create'], after } }] }
  expect(JSON.stringify(recordOf(raw).resource_changes[0]?.change.after)).toBe(JSON.stringify(after))
})

function thing(index: number, state: string): object {
  return {
    id: `id-${state}-${index}`,
    password: `password-${index}-${state}-0123456789`,
    tags: { team: 'platform', stage: state, [`key-${index}`]: 'value' },
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Resource: `arn:aws:s3:::${index}` }],
    }),
    rules: Array.from({ length: 5 }, (_, rule) => ({ from: rule, to: rule + index, name: `rule ${rule} of ${index}` })),
  }
}

/** A plan of about five megabytes. */
function largePlan(resources: number): unknown {
  const mask = { password: true, tags: {}, rules: [{}, {}, {}, {}, {}] }
  const changes = Array.from({ length: resources }, (_, index) => ({
    address: `module.large["${index}"].aws_thing.thing`,
    type: 'aws_thing',
    provider_name: 'registry.terraform.io/hashicorp/aws',
    change: {
      actions: ['update'],
      before: thing(index, 'before'),
      after: thing(index, 'after'),
      after_unknown: { rules: [] },
      before_sensitive: mask,
      after_sensitive: mask,
    },
  }))
  const values = changes.map(({ change }) => ({ values: change.after, sensitive_values: mask }))
  return { format_version: '1.2', resource_changes: changes, planned_values: { root_module: { resources: values } } }
}

test('reads a plan of 2,000 changing resources at once', () => {
  const [small, large] = [largePlan(500), JSON.parse(JSON.stringify(largePlan(2000))) as unknown]
  recordOf(small)
  const start = performance.now()
  const record = recordOf(large)
  const took = performance.now() - start
  expect(record.counts.change).toBe(2000)
  // A fifth of it on a machine that does nothing else.
  expect(took).toBeLessThan(1500)
})
