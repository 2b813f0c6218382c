import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Folder } from './terraform.ts'

const { account } = startAccount()
let folder = new Folder()
const terraform = { required_providers: { cloudflare: { source: 'cloudflare/cloudflare', version: '5.14.0' } } }

beforeEach(async () => {
  const { url, token } = account()
  folder = new Folder({ CLOUDFLARE_BASE_URL: `${url}/client/v4`, CLOUDFLARE_API_TOKEN: token })
})
afterEach(() => folder.remove())

async function groups(...names: string[]): Promise<{ id: string }[]> {
  const { base, call } = account()
  const all = (await call<{ id: string; name: string }[]>('GET', `${base}/tokens/permission_groups`)).result
  return names.map((name) => ({ id: all.find((each) => each.name === name)?.id ?? '' }))
}

async function resources(change: Record<string, string>, permissions: string[]) {
  const account_id = account().accountId
  const { d1 = 'one', kv = 'cache', secret = 'first', storage = 'Standard', namespace = 'apps' } = change
  const policy = {
    effect: 'allow',
    permission_groups: await groups(...permissions),
    resources: JSON.stringify({ [`com.cloudflare.api.account.${account_id}`]: '*' }),
  }
  return {
    terraform,
    resource: {
      cloudflare_d1_database: { db: { account_id, name: d1 } },
      cloudflare_workers_kv_namespace: { kv: { account_id, title: kv } },
      cloudflare_r2_bucket: { bucket: { account_id, name: 'objects', storage_class: storage } },
      cloudflare_workers_for_platforms_dispatch_namespace: { apps: { account_id, name: namespace } },
      cloudflare_secrets_store: { store: { account_id, name: 'managed' } },
      cloudflare_secrets_store_secret: {
        key: {
          account_id,
          store_id: '${cloudflare_secrets_store.store.id}',
          name: 'K',
          value: secret,
          scopes: ['workers'],
        },
      },
      cloudflare_account_token: { token: { account_id, name: 'worker', policies: [policy] } },
    },
  }
}

describe('a change of the configuration', () => {
  test('is made in place where the API can, and replaces where it cannot', async () => {
    const { base, call } = account()
    folder.write(await resources({}, ['D1 Read']))
    await folder.do('init')
    await folder.apply()
    const before = folder.attributes('cloudflare_account_token.token')
    const changes = { d1: 'two', kv: 'store', secret: 'second', storage: 'InfrequentAccess', namespace: 'tenants' }
    folder.write(await resources(changes, ['D1 Read', 'D1 Write']))
    const { output } = await folder.plan()
    expect(output).toContain('cloudflare_d1_database.db must be replaced')
    expect(output).toContain('cloudflare_workers_for_platforms_dispatch_namespace.apps must be replaced')
    expect(output).toContain('forces replacement')
    expect(output).toContain('Plan: 2 to add, 4 to change, 2 to destroy')
    expect(output).not.toContain('second')
    await folder.apply()
    expect((await folder.plan()).output).toContain('No changes')

    const databases = await call('GET', `${base}/d1/database`)
    expect(databases.result).toMatchObject([{ name: 'two' }])
    expect((await call('GET', `${base}/r2/buckets/objects`)).result).toMatchObject({
      storage_class: 'InfrequentAccess',
    })
    // The token's value is told once; a change of what it may do keeps it.
    expect(folder.attributes('cloudflare_account_token.token')).toMatchObject({
      id: before['id'],
      value: before['value'],
    })
    await folder.do('destroy', '-auto-approve')
  }, 60_000)
})

test('what is there already is imported, and found by data sources', async () => {
  const { base, call, accountId: account_id } = account()
  const zone = (await call<{ id: string }>('POST', '/zones', { name: 'example.org' })).result.id
  const { uuid } = (await call<{ uuid: string }>('POST', `${base}/d1/database`, { name: 'old' })).result
  // An account has at most one.
  const store = (await call<{ id: string }>('POST', `${base}/secrets_store/stores`, { name: 'theirs' })).result.id
  folder.write({
    terraform,
    import: [
      { to: 'cloudflare_d1_database.old', id: `${account_id}/${uuid}` },
      { to: 'cloudflare_secrets_store.theirs', id: `${account_id}/${store}` },
    ],
    data: {
      cloudflare_zone: { zone: { filter: { name: 'example.org' } } },
      cloudflare_account_api_token_permission_groups_list: { d1: { account_id, name: 'D1 Write' } },
    },
    resource: {
      cloudflare_d1_database: { old: { account_id, name: 'old' } },
      cloudflare_secrets_store: { theirs: { account_id, name: 'theirs' } },
      cloudflare_dns_record: {
        txt: { zone_id: '${data.cloudflare_zone.zone.zone_id}', name: 'note', type: 'TXT', content: '"hi"', ttl: 300 },
      },
    },
    output: { group: { value: '${data.cloudflare_account_api_token_permission_groups_list.d1.result[0].id}' } },
  })
  await folder.do('init')
  expect(await folder.apply()).toContain('Resources: 2 imported, 1 added, 0 changed, 0 destroyed')
  expect((await folder.plan()).output).toContain('No changes')
  expect(folder.attributes('cloudflare_d1_database.old')['uuid']).toBe(uuid)
  expect(folder.attributes('cloudflare_dns_record.txt')['zone_id']).toBe(zone)
  const [group] = await groups('D1 Write')
  expect(await folder.do('output', '-raw', 'group')).toBe(group?.id)
  await folder.do('destroy', '-auto-approve')

  folder.write({
    terraform,
    import: [{ to: 'cloudflare_d1_database.gone', id: `${account_id}/00000000-0000-4000-8000-000000000000` }],
    resource: { cloudflare_d1_database: { gone: { account_id, name: 'gone' } } },
  })
  const { code, output } = await folder.run('plan')
  expect(code).toBe(1)
  expect(output).toContain('There is no cloudflare_d1_database with the identifier')
}, 60_000)
