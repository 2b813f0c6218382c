import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk } from './clients.ts'

describe('dispatch namespaces, by their clients', () => {
  const { account } = startAccount()

  test('wrangler makes a namespace, deploys into it, renames and deletes it', async () => {
    const project = new Project(account(), {
      'wrangler.json': { name: 'tenant', main: 'index.js', compatibility_date: '2026-07-01' },
      'index.js': 'export default { fetch: () => new Response("tenant") }',
    })
    await project.run('dispatch-namespace', 'create', 'apps')
    expect(await project.run('dispatch-namespace', 'list')).toContain('apps')
    await project.run('deploy', '--dispatch-namespace', 'apps')
    expect(await project.run('dispatch-namespace', 'get', 'apps')).toContain('apps')
    const { accountId: account_id } = account()
    const { namespaces } = sdk(account()).workersForPlatforms.dispatch
    expect(await namespaces.scripts.get('apps', 'tenant', { account_id })).toMatchObject({ dispatch_namespace: 'apps' })
    await namespaces.scripts.tags.update('apps', 'tenant', { account_id, body: ['one'] })
    expect((await namespaces.scripts.tags.list('apps', 'tenant', { account_id })).result).toEqual(['one'])
    await project.run('dispatch-namespace', 'rename', 'apps', 'programs')
    await project.run('dispatch-namespace', 'delete', 'programs')
    expect((await project.wrangler('dispatch-namespace', 'get', 'programs')).code).toBe(1)
    project.remove()
  }, 60_000)
})
