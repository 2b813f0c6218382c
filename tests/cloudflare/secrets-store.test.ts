import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('the Secrets Store, by its clients', () => {
  const { account } = startAccount()

  test('wrangler makes a store and a secret, changes, copies and deletes them', async () => {
    const project = new Project(account())
    const id = /[0-9a-f]{32}/
    const made = await project.run('secrets-store', 'store', 'create', 'default', '--remote')
    const store = id.exec(made)?.[0] ?? ''
    expect(await project.run('secrets-store', 'store', 'list', '--remote')).toContain(store)
    const secret = ['secrets-store', 'secret']
    await project.run(...secret, 'create', store, '--name', 'TOKEN', '--value', 'x', '--scopes', 'workers', '--remote')
    const listed = await project.run(...secret, 'list', store, '--remote')
    const one = [...listed.matchAll(/[0-9a-f]{32}/g)].map(([found]) => found).find((found) => found !== store) ?? ''
    await project.run(...secret, 'update', store, '--secret-id', one, '--value', 'y', '--remote')
    await project.run(
      ...secret,
      'duplicate',
      store,
      '--secret-id',
      one,
      '--name',
      'COPY',
      '--scopes',
      'workers',
      '--remote',
    )
    expect(await project.run(...secret, 'get', store, '--secret-id', one, '--remote')).toContain('TOKEN')
    await project.run(...secret, 'delete', store, '--secret-id', one, '--remote')
    expect(await project.run(...secret, 'list', store, '--remote')).not.toContain('TOKEN')
    const second = await project.wrangler('secrets-store', 'store', 'create', 'second', '--remote')
    expect(second).toMatchObject({ code: 1, output: expect.stringContaining('maximum_stores_exceeded') })
    project.remove()
  }, 60_000)

  test('both SDKs page through secrets', async () => {
    const { accountId: account_id } = account()
    const { secretsStore } = sdk(account())
    const [store] = (await secretsStore.stores.list({ account_id })).result
    const body = Array.from({ length: 25 }, (_, index) => ({
      name: `s${index}`,
      value: 'v',
      scopes: ['workers' as const],
    }))
    await secretsStore.stores.secrets.create(store?.id ?? '', { account_id, body })
    const names: string[] = []
    const newer = sdk7(account()).secretsStore
    for await (const { name } of newer.stores.secrets.list(store?.id ?? '', { account_id })) names.push(name)
    expect(names).toHaveLength(26)
    expect(await newer.quota.get({ account_id })).toMatchObject({ secrets: { quota: 100, usage: 26 } })
  })
})
