import { readings } from '../../../tests/fixtures/terraform/readings.ts'
import { sample, samples } from '../../../tests/fixtures/terraform/samples.ts'
import { hidden, Secrets } from '../../platform/redact.ts'
import { actionOf } from './plan-change.ts'
import { planDigest } from './plan-digest.ts'
import { redactPlan } from './plan-record.ts'
import type { PlanRecord } from './plan-record.ts'

const plans = samples('.json').filter((name) => name.startsWith('plan-show-') && !name.endsWith('.record.json'))

function record(raw: unknown, secrets = new Secrets()): PlanRecord {
  return redactPlan(raw, secrets)
}

function recordOf(name: string): PlanRecord {
  return record(JSON.parse(sample(name)))
}

const counts = { add: 0, change: 0, remove: 0, import: 0, move: 0, forget: 0, drift: 0 }

test.each([
  ['plan-show-create.json', { add: 2 }],
  ['plan-show-update-replace.json', { add: 1, change: 1, remove: 1 }],
  ['plan-show-moved-import-forget-replace.json', { add: 2, change: 1, remove: 3, import: 1, move: 1, forget: 1 }],
  ['plan-show-github.json', { change: 4 }],
  ['plan-show-drift.json', { change: 2, drift: 2 }],
  ['plan-show-modules.json', { add: 2, change: 2, remove: 3 }],
])('counts what %s changes as Terraform does', (name, expected) => {
  expect(recordOf(name).counts).toEqual({ ...counts, ...expected })
})

test('says in a word what happens to each resource, and why', () => {
  const { resource_changes: changes } = recordOf('plan-show-moved-import-forget-replace.json')
  expect(changes.map((change) => [change.address, ...Object.values(actionOf(change))])).toEqual([
    ['terraform_data.counted[1]', 'delete', 'delete_because_count_index'],
    ['terraform_data.each["y"]', 'delete', 'delete_because_each_key'],
    ['terraform_data.each["z"]', 'create', null],
    ['terraform_data.forget_me', 'forget', 'delete_because_no_resource_config'],
    ['terraform_data.imported', 'update', null],
    ['terraform_data.keep', 'replace', 'replace_by_request'],
    ['terraform_data.new_name', 'move', null],
  ])
})

test.each([
  [['create', 'delete'], {}, 'replace', { add: 1, remove: 1 }],
  [['create', 'forget'], {}, 'replace', { add: 1, forget: 1 }],
  [['forget', 'create'], {}, 'replace', { add: 1, forget: 1 }],
  [['read'], {}, 'read', {}],
  [['no-op'], { importing: { id: 'x' } }, 'import', { import: 1 }],
  [['no-op'], { importing: {} }, 'import', { import: 1 }],
  [['update'], { importing: { id: 'x' } }, 'update', { change: 1, import: 1 }],
  [['invented'], {}, 'update', { change: 1 }],
])('takes %j with %j for %s', (actions, more, action, counted) => {
  const change = { address: 'a_b.c', change: { actions, before: {}, after: {}, ...more } }
  const { counts: found, resource_changes: changes } = record({ format_version: '1.2', resource_changes: [change] })
  expect([changes.map((resource) => actionOf(resource).action), found]).toEqual([[action], { ...counts, ...counted }])
})

test('leaves out what stays as it is', () => {
  const unchanged = { address: 'a_b.c', change: { actions: ['no-op'], before: {}, after: {}, importing: null } }
  const output = { actions: ['no-op'], before: 'x', after: 'x' }
  expect(
    record({ resource_changes: [unchanged], resource_drift: [unchanged], output_changes: { output } }),
  ).toMatchObject({ resource_changes: [], resource_drift: [], output_changes: {} })
})

test.each(samples('.record.json'))('makes %s of its plan', (name) => {
  expect(recordOf(name.replace('.record', ''))).toEqual(JSON.parse(sample(name)))
})

const planted = ['hunter2', 'SUPERSECRET', '4711']

function seek(text: string): string[] {
  const found = readings(text)
  return planted.filter((secret) => found.some((reading) => reading.includes(secret)))
}

test('the plans hold the secrets that are sought', () => {
  expect(planted.map((secret) => plans.filter((name) => seek(sample(name)).includes(secret)).length)).toEqual([3, 2, 1])
})

test.each(plans)('keeps no secret of %s, in whatever form', (name) => {
  expect(seek(JSON.stringify(recordOf(name)))).toEqual([])
})

test('hides a secret of one letter where it stands', () => {
  const { resource_changes: changes } = recordOf('plan-show-github.json')
  const [token, , webhook] = changes.map(({ change: { before, after } }) => ({ before, after }))
  expect(token).toMatchObject({ before: { plaintext_value: hidden }, after: { plaintext_value: hidden } })
  const configuration = [{ content_type: 'json', secret: hidden }]
  expect(webhook).toMatchObject({ before: { configuration }, after: { configuration } })
  expect(JSON.stringify(changes)).not.toContain('"x"')
})

test.each(plans)('makes the same of the record of %s', (name) => {
  const secrets = new Secrets()
  const once = record(JSON.parse(sample(name)), secrets)
  expect(record(JSON.parse(JSON.stringify(once)))).toEqual(once)
  expect(record(once, secrets)).toEqual(once)
})

test('hands over the secrets that it found, for the output of the same run', () => {
  const secrets = new Secrets()
  redactPlan(JSON.parse(sample('plan-show-update-replace.json')), secrets)
  expect(secrets.hide('error: hunter2 is wrong')).toBe(`error: ${hidden} is wrong`)
})

test('hides what is known beforehand', () => {
  const secrets = new Secrets()
  secrets.add('from the environment')
  const change = { address: 'a_b.c', change: { actions: ['create'], after: { copy: 'is from the environment' } } }
  expect(record({ resource_changes: [change] }, secrets).resource_changes[0]?.change.after).toEqual({
    copy: `is ${hidden}`,
  })
})

test('keeps objects that a replacement left over apart', () => {
  const { resource_changes: changes } = recordOf('plan-show-modules.json')
  const slow = changes.filter(({ address }) => address === 'terraform_data.slow')
  expect(slow.map((change) => [change.deposed, actionOf(change).action])).toEqual([
    [null, 'replace'],
    ['cbea0980', 'delete'],
  ])
})

test('has one digest for what does the same, and another for what does not', () => {
  const raw = JSON.parse(sample('plan-show-moved-import-forget-replace.json')) as {
    resource_changes: { address: string }[]
  }
  const digest = planDigest(record(raw))
  const reversed = { ...raw, timestamp: 'later', resource_changes: raw.resource_changes.toReversed() }
  expect(planDigest(record(reversed))).toBe(digest)
  expect(planDigest(record({ ...raw, resource_changes: raw.resource_changes.slice(0, -1) }))).not.toBe(digest)
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
})

type Sides = { before: object | null; after: object | null; after_unknown?: object; after_sensitive?: object }

test.each<[string, boolean, Sides, Sides]>([
  [
    'an ETag that was read anew',
    true,
    { before: { a: 1, etag: 'x' }, after: { a: 2, etag: 'x' } },
    { before: { a: 1, etag: 'y' }, after: { a: 2, etag: 'y' } },
  ],
  [
    'a value that only the apply will know',
    true,
    { before: { a: 1, at: 'x' }, after: { a: 2 }, after_unknown: { at: true } },
    { before: { a: 1, at: 'y' }, after: { a: 2 }, after_unknown: { at: true } },
  ],
  [
    'a secret',
    true,
    { before: { p: 'secret-1' }, after: { p: 'secret-2' }, after_sensitive: { p: true } },
    { before: { p: 'secret-1' }, after: { p: 'secret-3' }, after_sensitive: { p: true } },
  ],
  [
    'what was in a resource that goes',
    true,
    { before: { id: 'i', at: 1 }, after: null },
    { before: { id: 'i', at: 2 }, after: null },
  ],
  ['which resource goes', false, { before: { id: 'i' }, after: null }, { before: { id: 'j' }, after: null }],
  ['a value', false, { before: { a: 1 }, after: { a: 2 } }, { before: { a: 1 }, after: { a: 3 } }],
  ['what a value was', false, { before: { a: 1 }, after: { a: 3 } }, { before: { a: 2 }, after: { a: 3 } }],
  [
    'a value within a block',
    false,
    { before: { b: [{ c: 1, d: 1 }] }, after: { b: [{ c: 2, d: 1 }] } },
    { before: { b: [{ c: 1, d: 1 }] }, after: { b: [{ c: 2, d: 2 }] } },
  ],
  [
    'whether a value is known',
    false,
    { before: { a: 1 }, after: {}, after_unknown: { a: true } },
    { before: { a: 1 }, after: { a: 2 } },
  ],
  ['what is made', false, { before: null, after: { a: 1 } }, { before: null, after: { a: 2 } }],
])('whether a digest stays the same with another %s: %s', (_, isSame, one, two) => {
  const [first, second] = [one, two].map((change) => {
    const actions = change.after === null ? ['delete'] : change.before === null ? ['create'] : ['update']
    const marks = { after_sensitive: {}, before_sensitive: change.after_sensitive ?? {} }
    return planDigest(record({ resource_changes: [{ address: 'a_b.c', change: { actions, ...marks, ...change } }] }))
  })
  expect(first === second).toBe(isSame)
})
