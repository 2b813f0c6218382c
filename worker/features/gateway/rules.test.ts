import { accessOf, denialOf } from './grant.ts'
import type { Access, Grant } from './grant.ts'
import { operationOf } from './operation.ts'
import type { Operation } from './operation.ts'
import { isPlain, matches, shown, targetOf } from './resource.ts'

const account = 'a'.repeat(32)
const at = 1_800_000_000_000
const principal = (...scopes: string[]) => ({
  name: 'ci',
  token: 1,
  scopes,
  expiresAt: null,
  run: null,
  isRunToken: false,
  isLent: false,
})

function operation(method: string, path: string): Operation {
  const found = operationOf(method, path.replace('ACC', `/accounts/${account}`))
  if (found === null || 'methods' in found) throw new Error(`No operation ${method} ${path}`)
  return found
}

const shop: Grant = {
  name: 'shop',
  permissions: ['Workers Scripts Write', 'D1 Write', 'Queues Write'],
  resources: ['script:shop-*', 'd1:11111111-1111-1111-1111-111111111111', 'queue:shop-jobs', 'r2:shop', 'kv:*'],
  expiresAt: null,
}
const client = accessOf(principal('sdk:shop'), [shop], at)
const everything = accessOf(principal('sdk:*'), [], at)
const reader = accessOf(principal('sdk:read'), [], at)
const root: Access = { isRoot: true, grants: [] }

const denied = (access: Access, method: string, path: string) => {
  const found = operation(method, path)
  return denialOf(access, found, targetOf(found))?.missing ?? null
}

test.each([
  ['GET', 'ACC/workers/scripts', 'worker-script-list-workers', 'script:*'],
  ['PUT', 'ACC/workers/scripts/shop-api', 'worker-script-upload-worker-module', 'script:shop-api'],
  ['DELETE', 'ACC/workers/services/shop-api', 'DELETE /accounts/{account_id}/workers/services/{}', 'script:shop-api'],
  ['PUT', 'ACC/r2/buckets/shop/objects/a/b/c.txt', 'PUT /accounts/{account_id}/r2/buckets/{}/objects/{...}', 'r2:shop'],
  [
    'PUT',
    'ACC/storage/kv/namespaces/n1/values/a%2Fb',
    'workers-kv-namespace-write-key-value-pair-with-metadata',
    'kv:n1',
  ],
  ['GET', 'ACC/logs/audit', 'audit-logs-v2-get-account-audit-logs', 'account:logs'],
  ['GET', '/zones/z1/dns_records', 'dns-records-for-a-zone-list-dns-records', 'zone:z1'],
])('%s %s is %s of %s', (method, path, id, resource) => {
  const found = operation(method, path)
  expect([found.id, targetOf(found).resources.map(shown).join()]).toEqual([id, resource])
})

test('what is no operation is known as such, and what is one with another method', () => {
  expect(operationOf('GET', '/accounts/x/workers/nothing')).toBeNull()
  expect(operationOf('GET', '/else/x/rulesets')).toBeNull()
  expect(operationOf('POST', `/accounts/${account}/workers/subdomain`)).toMatchObject({
    methods: ['GET', 'PUT', 'DELETE'],
  })
})

test.each([
  ['shop%2F..%2Fthroughline', false],
  ['shop%252F..%252Fthroughline', false],
  ['%2e%2e', false],
  ['shop%00', false],
  ['shop-api', true],
  ['a%20b', true],
])('the name %s is plain: %s', (name, plain) => {
  expect(isPlain(operation('GET', `ACC/workers/scripts/${name}/settings`))).toBe(plain)
})

test.each([
  ['a/b%2Fc', true],
  ['a/..%2F..%2Fother', false],
  ['a%2F%252e%252e%2Fb', false],
])('the key %s leads nowhere else: %s', (key, plain) => {
  expect(isPlain(operation('GET', `ACC/r2/buckets/shop/objects/${key}`))).toBe(plain)
})

test('patterns cover names, prefixes, kinds or all', () => {
  const one = { kind: 'script', name: 'shop-api' }
  const covering = ['script:shop-api', 'script:shop-*', 'script:*', '*']
  const others = ['script:shop', 'd1:shop-api', 'scrip*', 'script:', 'kv:*', '']
  expect(covering.map((pattern) => matches(pattern, one))).toEqual([true, true, true, true])
  expect(others.map((pattern) => matches(pattern, one))).toEqual(others.map(() => false))
})

test('a policy allows its operations on its resources and no other, and says what is missing', () => {
  expect(denied(client, 'PUT', 'ACC/workers/scripts/shop-api')).toBeNull()
  expect(denied(client, 'PUT', 'ACC/workers/scripts/other')).toBe('the resource script:other')
  expect(denied(client, 'POST', 'ACC/d1/database/11111111-1111-1111-1111-111111111111/query')).toBeNull()
  expect(denied(client, 'POST', 'ACC/d1/database/22222222-1111-1111-1111-111111111111/query')).toContain('d1:2222')
  expect(denied(client, 'POST', 'ACC/r2/buckets')).toBe('the permission Workers R2 Storage Write')
  expect(denied(client, 'GET', 'ACC/workers/subdomain')).toBeNull()
  expect(denied(client, 'PUT', 'ACC/workers/subdomain')).toBe('the resource account:workers')
  expect(denied(client, 'GET', 'ACC/workers/scripts')).toBeNull()
  expect(denied(client, 'GET', 'ACC/event_notifications/r2/shop/configuration/queues/q')).not.toBeNull()
})

test('reading is reading: not what hands out the right to write', () => {
  expect(denied(reader, 'GET', 'ACC/workers/scripts/other/settings')).toBeNull()
  expect(denied(reader, 'POST', 'ACC/d1/database/x/query')).not.toBeNull()
  expect(denied(reader, 'GET', 'ACC/pages/projects/p/upload-token')).not.toBeNull()
  expect(denied(reader, 'GET', 'ACC/cfd_tunnel/t/token')).toContain('Write')
})

test('an expired policy allows nothing', () => {
  const late = accessOf(principal('sdk:shop'), [{ ...shop, expiresAt: at }], at)
  expect(denied(late, 'PUT', 'ACC/workers/scripts/shop-api')).toContain('Workers Scripts Write')
})

test.each([
  ['POST', '/user/tokens'],
  ['POST', 'ACC/tokens'],
  ['PUT', '/user/tokens/t1/value'],
  ['PUT', 'ACC/tokens/t1'],
  ['DELETE', 'ACC/tokens/t1'],
  ['POST', 'ACC/r2/temp-access-credentials'],
  ['POST', 'ACC/members'],
  ['POST', 'ACC/builds/triggers'],
  ['DELETE', 'ACC'],
  ['PUT', 'ACC/workers/scripts/throughline'],
  ['GET', 'ACC/workers/scripts/Throughline/settings'],
  ['POST', 'ACC/d1/database/throughline/query'],
  ['GET', 'ACC/r2/buckets/throughline-records/objects'],
])('only the owner may %s %s', (method, path) => {
  expect(denied(everything, method, path)).toBe("the owner's token")
  expect(denied(root, method, path)).toBeNull()
})
