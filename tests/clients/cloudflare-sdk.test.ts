import { Cloudflare, toFile } from 'cloudflare'
import { Cloudflare as CloudflareNext } from 'cloudflare-7'
import { startAccount, visit } from '../../localcloud/cloudflare/testing.ts'

const code = (text: string) => `export default { fetch: (_, env) => new Response('${text} ' + env.WHO) }`

/** Every element of every page. */
async function all<Item>(pages: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of pages) items.push(item)
  return items
}

describe('the cloudflare package', () => {
  const { account } = startAccount()
  const options = () => ({ baseURL: `${account().url}/client/v4`, apiToken: account().token, maxRetries: 0 })
  const account_id = () => account().accountId

  test('6.5 reads the identity and pages through lists to their end', async () => {
    const client = new Cloudflare(options())
    expect(await client.user.tokens.verify()).toMatchObject({ status: 'active' })
    const accounts = await all(client.accounts.list())
    expect(accounts.map(({ id }) => id)).toEqual([account_id()])
    expect((await all(client.memberships.list())).length).toBe(1)
    expect(await all(client.zones.list())).toEqual([])
  })

  test('6.5 manages tokens', async () => {
    const client = new Cloudflare(options())
    const groups = await all(client.user.tokens.permissionGroups.list({ name: 'Workers Scripts Read' }))
    const token = await client.accounts.tokens.create({
      account_id: account_id(),
      name: 'reader',
      policies: [
        {
          effect: 'allow',
          resources: { [`com.cloudflare.api.account.${account_id()}`]: '*' },
          permission_groups: groups.map(({ id = '' }) => ({ id })),
        },
      ],
    })
    const reader = new Cloudflare({ ...options(), apiToken: token.value ?? '' })
    expect(await all(reader.workers.scripts.list({ account_id: account_id() }))).toEqual([])
    await expect(reader.d1.database.create({ account_id: account_id(), name: 'no' })).rejects.toMatchObject({
      status: 403,
      errors: [{ code: 10_000, message: 'Authentication error' }],
    })
    const rolled = await client.accounts.tokens.value.update(token.id ?? '', { account_id: account_id(), body: {} })
    expect(rolled).not.toBe(token.value)
    await expect(all(reader.workers.scripts.list({ account_id: account_id() }))).rejects.toMatchObject({
      status: 401,
    })
    await client.accounts.tokens.delete(token.id ?? '', { account_id: account_id() })
    await expect(client.accounts.tokens.get(token.id ?? '', { account_id: account_id() })).rejects.toMatchObject({
      status: 404,
      errors: [{ code: 1003 }],
    })
  })

  test('6.5 uploads a script as a form, and manages what is around it', async () => {
    const client = new Cloudflare(options())
    const scripts = client.workers.scripts
    const metadata = {
      main_module: 'index.js',
      compatibility_date: '2026-07-01',
      bindings: [{ type: 'plain_text' as const, name: 'WHO', text: 'form' }],
    }
    const files = [await toFile(Buffer.from(code('six')), 'index.js', { type: 'application/javascript+module' })]
    const stored = await scripts.update('six', { account_id: account_id(), metadata, files })
    expect(stored).toMatchObject({ id: 'six', handlers: ['fetch'], has_modules: true })
    expect(await (await visit(account(), 'six')).text()).toBe('six form')
    const settings = await scripts.settings.get('six', { account_id: account_id() })
    expect(settings).toMatchObject({ tags: [], logpush: false })
    expect((await scripts.deployments.list('six', { account_id: account_id() })).deployments).toHaveLength(1)
    const versions = await all(scripts.versions.list('six', { account_id: account_id() }))
    expect(versions.map(({ number }) => number)).toEqual([1])
    await scripts.schedules.update('six', { account_id: account_id(), body: [{ cron: '0 0 * * *' }] })
    expect((await scripts.schedules.get('six', { account_id: account_id() })).schedules).toMatchObject([
      { cron: '0 0 * * *' },
    ])
    await scripts.subdomain.create('six', { account_id: account_id(), enabled: true })
    expect(await scripts.subdomain.get('six', { account_id: account_id() })).toMatchObject({ enabled: true })
    await scripts.secrets.update('six', { account_id: account_id(), name: 'WHO2', text: 'x', type: 'secret_text' })
    expect((await all(scripts.secrets.list('six', { account_id: account_id() }))).map(({ name }) => name)).toEqual([
      'WHO2',
    ])
    await scripts.delete('six', { account_id: account_id(), force: true })
    await expect(scripts.settings.get('six', { account_id: account_id() })).rejects.toMatchObject({
      status: 404,
      errors: [{ code: 10_007 }],
    })
  })

  test('7.3 deploys through the JSON API', async () => {
    const client = new CloudflareNext(options())
    const { workers } = client.workers.beta
    const worker = await workers.create({ account_id: account_id(), name: 'seven', subdomain: { enabled: true } })
    const version = await workers.versions.create(worker.id, {
      account_id: account_id(),
      deploy: true,
      main_module: 'index.js',
      compatibility_date: '2026-07-01',
      bindings: [{ type: 'plain_text', name: 'WHO', text: 'JSON' }],
      modules: [
        {
          name: 'index.js',
          content_type: 'application/javascript+module',
          content_base64: Buffer.from(code('seven')).toString('base64'),
        },
      ],
    })
    expect(version).toMatchObject({ number: 1, main_module: 'index.js' })
    expect(await (await visit(account(), 'seven')).text()).toBe('seven JSON')
    const listed = await all(workers.list({ account_id: account_id() }))
    expect(listed.map(({ name }) => name)).toEqual(['seven'])
    const found = await workers.get('seven', { account_id: account_id() })
    expect(found).toMatchObject({ id: worker.id, references: { workers: [], queues: [] } })
    expect(found.subdomain.url).toBe(`http://seven.localhost:${new URL(account().url).port}`)
    await workers.delete(worker.id, { account_id: account_id() })
    await expect(workers.get('seven', { account_id: account_id() })).rejects.toMatchObject({ status: 404 })
  })
})
