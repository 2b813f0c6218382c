import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('zones, by their clients', () => {
  const { account } = startAccount()

  test('the SDKs keep a zone with records, and wrangler deploys to a route and a hostname of it', async () => {
    const { accountId: account_id } = account()
    const client = sdk(account())
    const newer = sdk7(account())
    const zone = await client.zones.create({ account: { id: account_id }, name: 'example.com', type: 'full' })
    const names: string[] = []
    for await (const { name } of newer.zones.list({ name: 'example.com' })) names.push(name)
    expect(names).toEqual(['example.com'])
    const zone_id = zone.id
    const record = await client.dns.records.create({ zone_id, type: 'A', name: 'www', content: '192.0.2.1', ttl: 1 })
    await newer.dns.records.edit(record.id, { zone_id, type: 'A', name: 'www', content: '192.0.2.9', ttl: 1 })
    expect(await client.dns.records.get(record.id, { zone_id })).toMatchObject({ content: '192.0.2.9' })
    const project = new Project(account(), {
      'wrangler.json': {
        name: 'site',
        main: 'index.js',
        compatibility_date: '2026-07-01',
        routes: [
          { pattern: 'example.com/shop/*', zone_name: 'example.com' },
          { pattern: 'app.example.com', custom_domain: true },
        ],
      },
      'index.js': 'export default { fetch: (request) => new Response(new URL(request.url).pathname) }',
    })
    const output = await project.run('deploy')
    expect(output).toContain('example.com/shop/*')
    const routes = []
    for await (const route of client.workers.routes.list({ zone_id })) routes.push(route)
    expect(routes).toMatchObject([{ pattern: 'example.com/shop/*', script: 'site' }])
    const domains = []
    for await (const domain of newer.workers.domains.list({ account_id })) domains.push(domain)
    expect(domains).toMatchObject([{ hostname: 'app.example.com', service: 'site' }])
    project.remove()
  }, 60_000)
})
