import { deploy, startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Folder } from './terraform.ts'

const { account } = startAccount()
const worker = 'export default { async fetch() { return new Response("hi") }, async queue() {} }'
const groupId = async (name: string): Promise<string> => {
  const { base, call } = account()
  const query = `${base}/tokens/permission_groups?name=${encodeURIComponent(name)}`
  return (await call<{ id: string }[]>('GET', query)).result[0]?.id ?? ''
}
let folder = new Folder()
let zone = ''

const required_providers = { cloudflare: { source: 'cloudflare/cloudflare', version: '5.14.0' } }
type Resources = Record<string, Record<string, Record<string, unknown>>>
const settings = (resource: Resources, more: object = {}) => ({
  terraform: { required_providers },
  provider: { cloudflare: [{}] },
  resource,
  ...more,
})

function everything(group: string): Resources {
  const account_id = account().accountId
  return {
    cloudflare_d1_database: { db: { account_id, name: 'events', primary_location_hint: 'weur' } },
    cloudflare_workers_kv_namespace: { kv: { account_id, title: 'cache' } },
    cloudflare_r2_bucket: { bucket: { account_id, name: 'states', location: 'weur' } },
    cloudflare_queue: {
      dead: { account_id, queue_name: 'dead' },
      jobs: { account_id, queue_name: 'jobs', settings: { delivery_delay: 5 } },
    },
    cloudflare_queue_consumer: {
      jobs: {
        account_id,
        queue_id: '${cloudflare_queue.jobs.queue_id}',
        script_name: 'app',
        type: 'worker',
        dead_letter_queue: '${cloudflare_queue.dead.queue_name}',
        settings: { batch_size: 7 },
      },
    },
    cloudflare_workers_for_platforms_dispatch_namespace: { apps: { account_id, name: 'user-apps' } },
    cloudflare_secrets_store: { store: { account_id, name: 'managed' } },
    cloudflare_secrets_store_secret: {
      key: {
        account_id,
        store_id: '${cloudflare_secrets_store.store.id}',
        name: 'KEY',
        value: 'hush-hush',
        scopes: ['workers'],
      },
    },
    cloudflare_account_token: {
      worker: {
        account_id,
        name: 'worker',
        policies: [
          {
            effect: 'allow',
            permission_groups: [{ id: group }],
            resources: JSON.stringify({ [`com.cloudflare.api.account.${account_id}`]: '*' }),
          },
        ],
      },
    },
    cloudflare_dns_record: {
      www: { zone_id: zone, name: 'www.example.com', type: 'A', content: '192.0.2.1', ttl: 1, proxied: true },
    },
    cloudflare_workers_custom_domain: {
      app: { account_id, hostname: 'app.example.com', service: 'app', zone_id: zone },
    },
    cloudflare_workers_route: { app: { zone_id: zone, pattern: 'example.com/api/*', script: 'app' } },
  }
}

beforeAll(async () => {
  const { call, url, token } = account()
  zone = (await call<{ id: string }>('POST', '/zones', { name: 'example.com' })).result.id
  await deploy(account(), 'app', worker)
  folder = new Folder({ CLOUDFLARE_BASE_URL: `${url}/client/v4`, CLOUDFLARE_API_TOKEN: token })
}, 60_000)
afterAll(() => folder.remove())

describe('terraform on a local Cloudflare account', () => {
  test('makes everything, finds nothing to do, sees what was done by hand, and takes everything away', async () => {
    const { base, call } = account()
    const group = await groupId('D1 Read')
    folder.write(settings(everything(group)))
    await folder.do('init')
    expect(await folder.do('validate')).toContain('The configuration is valid')
    expect((await folder.plan()).output).toContain('Plan: 13 to add, 0 to change, 0 to destroy')
    const applied = await folder.apply()
    expect(applied).toContain('13 added')
    expect(applied).not.toContain('hush-hush')
    const again = await folder.plan()
    expect(again.output).toContain('No changes')

    const { uuid } = folder.attributes('cloudflare_d1_database.db')
    expect((await call('GET', `${base}/d1/database/${String(uuid)}`)).result).toMatchObject({ name: 'events' })
    expect(folder.attributes('cloudflare_account_token.worker')['value']).toMatch(/^\S{40,}$/)
    const { id: queue } = folder.attributes('cloudflare_queue.jobs')
    expect((await call('GET', `${base}/queues/${String(queue)}`)).result).toMatchObject({
      settings: { delivery_delay: 5 },
      consumers: [{ script: 'app', dead_letter_queue: 'dead', settings: { batch_size: 7 } }],
    })

    await call('PUT', `${base}/queues/${String(queue)}`, { settings: { delivery_delay: 60 } })
    const { id: record } = folder.attributes('cloudflare_dns_record.www')
    await call('DELETE', `/zones/${zone}/dns_records/${String(record)}`)
    const drift = await folder.plan()
    expect(drift.output).toMatch(/delivery_delay\s+= 60 -> 5/)
    expect(drift.output).toContain('cloudflare_dns_record.www will be created')
    expect(drift.output).toContain('Plan: 1 to add, 1 to change, 0 to destroy')
    await folder.apply()
    expect((await folder.plan()).isEmpty).toBe(true)

    expect(await folder.do('destroy', '-auto-approve')).toContain('13 destroyed')
    expect((await call<object[]>('GET', `${base}/d1/database`)).result).toEqual([])
    expect((await call<object[]>('GET', `${base}/queues`)).result).toEqual([])
    expect((await call<object[]>('GET', `${base}/tokens`)).result).toEqual([])
  }, 120_000)
})
