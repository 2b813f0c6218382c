import { JsonExaminer } from './examination.ts'
import { accessOf, denialOfReference } from './grant.ts'
import type { Access } from './grant.ts'
import { namingsOf } from './references.ts'
import { shown } from './resource.ts'

const shop = {
  name: 'shop',
  permissions: ['Workers Scripts Write'],
  resources: ['script:shop-*', 'd1:11111111-1111-1111-1111-111111111111', 'queue:shop-jobs', 'r2:shop', 'kv:*'],
  expiresAt: null,
}
const holder = (scope: string) => ({
  name: 'ci',
  token: 1,
  scopes: [scope],
  expiresAt: null,
  run: null,
  isRunToken: false,
  isLent: false,
})
const client = accessOf(holder('sdk:shop'), [shop], 0)
const everything = accessOf(holder('sdk:*'), [], 0)
const root: Access = { isRoot: true, grants: [] }

/** What an upload names that its client may not bind. */
function escapes(access: Access, metadata: object): string[] {
  const found: string[] = []
  const examiner = new JsonExaminer(
    namingsOf('POST', ['accounts', '{}', 'workers', 'workers', '{}', 'versions']) ?? {},
    (references) =>
      found.push(...references.filter((one) => denialOfReference(access, one) !== null).map((one) => shown(one))),
  )
  examiner.write(Buffer.from(JSON.stringify(metadata)))
  examiner.end()
  return found
}

const harmless = [
  { type: 'plain_text', name: 'A', text: 'throughline' },
  { type: 'secret_text', name: 'B', text: 'x' },
  { type: 'inherit', name: 'C' },
  { type: 'durable_object_namespace', name: 'D', class_name: 'Room' },
  { type: 'kv_namespace', name: 'E', namespace_id: 'any' },
  { type: 'service', name: 'F', service: 'shop-core' },
  { type: 'd1', name: 'G', id: '11111111-1111-1111-1111-111111111111' },
  { type: 'queue', name: 'H', queue_name: 'shop-jobs' },
]

test.each([
  ['d1', { id: 'other' }, 'd1:other'],
  ['d1', { database_id: 'other' }, 'd1:other'],
  ['d1', { Database_ID: 'other' }, 'd1:other'],
  ['d1', {}, 'binding:d1'],
  ['r2_bucket', { bucket_name: 'other' }, 'r2:other'],
  ['queue', { queue_name: 'other' }, 'queue:other'],
  ['service', { service: 'other' }, 'script:other'],
  ['service', { service: 'shop-a', cross_account_grant: 'x' }, 'binding:cross_account_grant'],
  ['durable_object_namespace', { class_name: 'R', script_name: 'other' }, 'script:other'],
  ['durable_object_namespace', { namespace_id: 'f00' }, 'durable_object:f00'],
  ['durable_object_namespace', { class_name: 'R', dispatch_namespace: 'other' }, 'dispatch:other'],
  ['workflow', { workflow_name: 'w', script_name: 'other' }, 'workflow:w,script:other'],
  ['dispatch_namespace', { namespace: 'other' }, 'dispatch:other'],
  ['dispatch_namespace', { namespace: 'n', outbound: { worker: { service: 'other' } } }, 'dispatch:n,script:other'],
  ['analytics_engine', { dataset: 'other' }, 'analytics:other'],
  ['hyperdrive', { id: 'other' }, 'hyperdrive:other'],
  ['vectorize', { index_name: 'other' }, 'vectorize:other'],
  ['mtls_certificate', { certificate_id: 'other' }, 'mtls_certificate:other'],
  ['pipelines', { pipeline: 'other' }, 'pipeline:other'],
  ['secrets_store_secret', { store_id: 's', secret_name: 'n' }, 'secrets_store:s/n'],
  ['ratelimit', { namespace_id: '7' }, 'ratelimit:7'],
  ['vpc_service', { service_id: 'x' }, 'binding:vpc_service'],
  ['something_new', { id: 'x' }, 'binding:something_new'],
])('a %s binding of %j does not escape', (type, members, expected) => {
  expect(escapes(client, { bindings: [...harmless, { type, name: 'X', ...members }] }).join()).toBe(expected)
  expect(escapes(root, { bindings: [{ type, name: 'X', ...members }] })).toEqual([])
})

test.each([
  [{ tail_consumers: [{ service: 'other' }] }, 'script:other'],
  [{ tail_consumers: [{ name: 'other' }] }, 'script:other'],
  [{ Tail_Consumers: [{ Service: 'other' }] }, 'script:other'],
  [{ streaming_tail_consumers: [{ service: 'other' }] }, 'script:other'],
  [
    { migrations: { steps: [{ transferred_classes: [{ from: 'A', from_script: 'other', to: 'B' }] }] } },
    'script:other',
  ],
  [{ exports: { Room: { type: 'transfer', from_script: 'other' } } }, 'script:other'],
  [{ env: { X: { type: 'd1', id: 'other' }, Y: null } }, 'd1:other'],
])('%j does not escape', (metadata, expected) => {
  expect(escapes(client, { bindings: harmless, ...metadata }).join()).toBe(expected)
})

test('whoever may do everything does not reach the control plane either', () => {
  const own = [
    { type: 'd1', name: 'A', id: 'throughline' },
    { type: 'r2_bucket', name: 'B', bucket_name: 'throughline-records' },
    { type: 'service', name: 'C', service: 'throughline' },
    { type: 'queue', name: 'D', queue_name: 'throughline-outbox' },
    { type: 'ratelimit', name: 'E', namespace_id: '1001' },
    { type: 'durable_object_namespace', name: 'F', script_name: 'THROUGHLINE', class_name: 'StateLedger' },
    { type: 'durable_object_namespace', name: 'G', namespace_id: 'unknown' },
    { type: 'something_new', name: 'H', target: { of: 'throughline' } },
  ]
  for (const binding of own) expect(escapes(everything, { bindings: [binding] })).not.toEqual([])
  expect(escapes(everything, { bindings: [{ type: 'vpc_service', name: 'X', service_id: 'x' }] })).toEqual([])
})
