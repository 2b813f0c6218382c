import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('KV, by its clients', () => {
  const { account } = startAccount()

  test('wrangler makes a namespace, writes, reads, lists and removes', async () => {
    const project = new Project(account(), {
      'pairs.json': [
        { key: 'a', value: '1' },
        { key: 'b', value: '2' },
      ],
      'keys.json': ['a', 'b'],
    })
    const made = await project.run('kv', 'namespace', 'create', 'demo')
    const id = /[0-9a-f]{32}/.exec(made)?.[0] ?? ''
    expect(await project.run('kv', 'namespace', 'list')).toContain(id)
    const target = ['--namespace-id', id, '--remote']
    await project.run('kv', 'key', 'put', 'dir/key one', 'value', '--metadata', '{"m":1}', ...target)
    expect(await project.run('kv', 'key', 'get', 'dir/key one', ...target)).toContain('value')
    await project.run('kv', 'bulk', 'put', 'pairs.json', ...target)
    expect(JSON.parse(await project.run('kv', 'key', 'list', ...target))).toEqual([
      { name: 'a' },
      { name: 'b' },
      { name: 'dir/key one', metadata: { m: 1 } },
    ])
    expect(await project.run('kv', 'bulk', 'get', 'keys.json', ...target)).toContain('"a"')
    await project.run('kv', 'bulk', 'delete', 'keys.json', '--force', ...target)
    await project.run('kv', 'key', 'delete', 'dir/key one', ...target)
    expect(JSON.parse(await project.run('kv', 'key', 'list', ...target))).toEqual([])
    await project.run('kv', 'namespace', 'rename', '--namespace-id', id, '--new-name', 'demo-2')
    await project.run('kv', 'namespace', 'delete', '--namespace-id', id, '-y')
    expect(await project.run('kv', 'namespace', 'list')).not.toContain(id)
    const refused = await project.wrangler('kv', 'key', 'put', 'k'.repeat(600), 'v', ...target)
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('[code: 10013]') })
    project.remove()
  })

  test('both SDKs page to the end and carry metadata', async () => {
    const { accountId: account_id } = account()
    const { kv } = sdk(account())
    const { id } = await kv.namespaces.create({ account_id, title: 'sdk' })
    await kv.namespaces.values.update(id, 'one/1', { account_id, value: 'v', metadata: '{"a":1}' })
    expect(await (await kv.namespaces.values.get(id, 'one/1', { account_id })).text()).toBe('v')
    expect(await kv.namespaces.metadata.get(id, 'one/1', { account_id })).toEqual({ a: 1 })
    const names: string[] = []
    for await (const key of kv.namespaces.keys.list(id, { account_id, limit: 10 })) names.push(key.name)
    expect(names).toEqual(['one/1'])
    const newer = sdk7(account()).kv
    await newer.namespaces.values.update('two', { account_id, namespace_id: id, value: 'w' })
    expect(await (await newer.namespaces.values.get('two', { account_id, namespace_id: id })).text()).toBe('w')
    const titles: string[] = []
    for await (const { title } of newer.namespaces.list({ account_id })) titles.push(title)
    expect(titles).toEqual(['sdk'])
    await expect(kv.namespaces.values.get(id, 'none', { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
