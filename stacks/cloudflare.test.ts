import { groups } from '../localcloud/cloudflare/permissions/groups.ts'
import manifest from '../worker/wrangler.json' with { type: 'json' }
import { needsOf } from './manifest.ts'
import { settings as example } from './settings.ts'
import { edited, resources, synthesised } from './testing.ts'

const { documents } = synthesised()
const { cloudflare, domains } = documents

test('everything that the Worker binds exists under the name that its manifest says', () => {
  expect(resources(cloudflare, 'cloudflare_d1_database')).toEqual(
    manifest.d1_databases.map(({ database_name: name }) => expect.objectContaining({ name })),
  )
  const buckets = resources(cloudflare, 'cloudflare_r2_bucket').map(({ name }) => name)
  expect(buckets).toEqual(expect.arrayContaining(manifest.r2_buckets.map(({ bucket_name: name }) => name)))
  const queues = resources(cloudflare, 'cloudflare_queue').map(({ queue_name: name }) => name)
  const [consumer] = manifest.queues.consumers
  expect(queues).toEqual([consumer?.queue, consumer?.dead_letter_queue])
})

test('a namespace has the name that wrangler would give it, and nothing is declared twice', () => {
  const needs = needsOf({
    name: 'throughline',
    kv_namespaces: [{ binding: 'APP_CACHE' }],
    queues: { producers: [{ binding: 'A', queue: 'jobs' }], consumers: [{ queue: 'jobs', dead_letter_queue: 'dead' }] },
    dispatch_namespaces: [{ binding: 'DISPATCHER', namespace: 'user-apps' }],
  })
  expect(needs).toMatchObject({
    keyValueNamespaces: { APP_CACHE: 'throughline-app-cache' },
    queues: ['jobs', 'dead'],
    dispatchNamespaces: ['user-apps'],
  })
})

test('wrangler gets the ids by binding, and the token of the Worker is shown to nobody', () => {
  expect(cloudflare?.output).toMatchObject({
    worker_bindings: { value: { DEPLOYMENT_DB: '${cloudflare_d1_database.d1-throughline.id}' } },
    worker_api_token: { value: '${cloudflare_account_token.worker-token.value}', sensitive: true },
  })
})

test('the namespace for what people build is there', () => {
  expect(resources(cloudflare, 'cloudflare_workers_for_platforms_dispatch_namespace')).toEqual([
    { account_id: example.cloudflare.accountId, name: 'user-apps' },
  ])
})

test('the provider is raised to the first versions that know the Secrets Store', () => {
  expect(cloudflare?.terraform['required_providers']).toEqual({
    cloudflare: { source: 'cloudflare/cloudflare', version: '5.22.0' },
  })
  expect(resources(cloudflare, 'cloudflare_secrets_store')).toEqual([
    expect.objectContaining({ account_id: example.cloudflare.accountId, name: 'default_secrets_store' }),
  ])
  expect(cloudflare?.import).toEqual([])
})

test('a Secrets Store that exists is adopted', () => {
  const id = '22222222222222222222222222222222'
  const adopting = edited((settings) => (settings.cloudflare.secretsStore = { id, name: 'mine' }))
  expect(synthesised(adopting).documents['cloudflare']?.import).toEqual([
    { to: 'cloudflare_secrets_store.secrets-store', id: `${adopting.cloudflare.accountId}/${id}` },
  ])
})

test("the Worker's token is for this account and this zone only, as JSON texts", () => {
  const [token] = resources(cloudflare, 'cloudflare_account_token')
  const { accountId, zone } = example.cloudflare
  expect(token?.['policies']).toMatchObject([
    { effect: 'allow', resources: `{"com.cloudflare.api.account.${accountId}":"*"}` },
    { effect: 'allow', resources: `{"com.cloudflare.api.account.zone.${zone?.id}":"*"}` },
  ])
})

test('a permission that Cloudflare does not know is named by the plan, with the place to correct it', () => {
  const [token] = resources(cloudflare, 'cloudflare_account_token')
  expect(token?.['lifecycle']).toMatchObject({
    precondition: expect.arrayContaining([
      {
        condition: expect.stringMatching(
          /^\$\{length\(\[for group in .+ if group\.name == "D1 Write" && .+\]\) == 1\}$/,
        ),
        error_message:
          'cloudflare.workerToken.account in stacks/settings.ts names "D1 Write", which Cloudflare does not know there.',
      },
    ]),
  })
})

/** The names of the permissions that such a thing knows. */
function permissionsOf(scope: string): string[] {
  return groups.filter(({ scopes }) => scopes.includes(scope)).map(({ name }) => name)
}

test('the example asks for permissions that exist', () => {
  const { account, zone } = example.cloudflare.workerToken
  expect(permissionsOf('com.cloudflare.api.account')).toEqual(expect.arrayContaining(account))
  expect(permissionsOf('com.cloudflare.api.account.zone')).toEqual(expect.arrayContaining(zone ?? []))
})

test('data is not destroyed by a slip, until the settings say so', () => {
  const kept = { lifecycle: { prevent_destroy: true } }
  expect(resources(cloudflare, 'cloudflare_d1_database')).toEqual([expect.objectContaining(kept)])
  const given = synthesised(edited((settings) => (settings.protectData = false))).documents['cloudflare']
  expect(resources(given, 'cloudflare_d1_database')).toEqual([
    expect.objectContaining({ lifecycle: { prevent_destroy: false } }),
  ])
})

test('the domain leads to the Worker, and each app has a host of its own', () => {
  expect(resources(domains, 'cloudflare_workers_custom_domain')).toMatchObject([
    { hostname: 'throughline.example.com', service: manifest.name },
  ])
  expect(resources(domains, 'cloudflare_workers_route')).toMatchObject([
    { pattern: '*.apps.example.com/*', script: manifest.name },
  ])
  expect(resources(domains, 'cloudflare_dns_record')).toMatchObject([{ name: '*.apps.example.com', proxied: true }])
})

function onlyPolicy(name: string) {
  return [{ id: `\${cloudflare_zero_trust_access_policy.${name}.id}`, precedence: 1 }]
}

test('people log in before they see the dashboard; terraform and webhooks do not', () => {
  expect(resources(domains, 'cloudflare_zero_trust_access_policy')).toMatchObject([
    { decision: 'allow', include: [{ email: { email: 'platform@example.com' } }] },
    { decision: 'bypass', include: [{ everyone: {} }] },
  ])
  const byDomain = resources(domains, 'cloudflare_zero_trust_access_application').map(({ domain, policies }) => [
    domain,
    policies,
  ])
  expect(byDomain).toEqual([
    ['throughline.example.com', onlyPolicy('people')],
    ['throughline.example.com/api', onlyPolicy('programs')],
    ['throughline.example.com/state', onlyPolicy('programs')],
  ])
})

test('without a zone there is no stack of domains', () => {
  const bare = edited((settings) => {
    settings.url = 'https://throughline.account.workers.dev'
    settings.cloudflare = { accountId: settings.cloudflare.accountId, workerToken: { account: ['D1 Write'] } }
  })
  expect(Object.keys(synthesised(bare).documents)).not.toContain('domains')
})
