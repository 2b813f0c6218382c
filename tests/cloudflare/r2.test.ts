import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('R2, by its clients', () => {
  const { account } = startAccount()

  test('wrangler makes a bucket, moves objects, sets rules and deletes', async () => {
    const project = new Project(account(), {
      'in.txt': 'hello',
      'cors.json': { rules: [{ allowed: { methods: ['GET'], origins: ['https://example.com'] } }] },
    })
    await project.run('r2', 'bucket', 'create', 'demo', '--location', 'weur')
    expect(await project.run('r2', 'bucket', 'list')).toContain('demo')
    await project.run(
      'r2',
      'object',
      'put',
      'demo/a/b.txt',
      '--file',
      'in.txt',
      '--content-type',
      'text/plain',
      '--remote',
    )
    expect(await project.run('r2', 'bucket', 'info', 'demo', '--json')).toContain('"object_count": "1"')
    await project.run('r2', 'object', 'get', 'demo/a/b.txt', '--file', 'out.txt', '--remote')
    expect(readFileSync(join(project.folder, 'out.txt'), 'utf8')).toBe('hello')
    await project.run('r2', 'bucket', 'cors', 'set', 'demo', '--file', 'cors.json', '-y')
    expect(await project.run('r2', 'bucket', 'cors', 'list', 'demo')).toContain('https://example.com')
    await project.run('r2', 'bucket', 'lifecycle', 'add', 'demo', 'old', 'tmp/', '--expire-days', '3', '-y')
    expect(await project.run('r2', 'bucket', 'lifecycle', 'list', 'demo')).toContain('old')
    await project.run('r2', 'bucket', 'lock', 'add', 'demo', 'kept', 'keep/', '--retention-days', '1', '-y')
    await project.run('r2', 'bucket', 'dev-url', 'enable', 'demo', '-y')
    await project.run('r2', 'bucket', 'domain', 'list', 'demo')
    const full = await project.wrangler('r2', 'bucket', 'delete', 'demo')
    expect(full).toMatchObject({ code: 1, output: expect.stringContaining('[code: 10008]') })
    await project.run('r2', 'object', 'delete', 'demo/a/b.txt', '--remote')
    await project.run('r2', 'bucket', 'delete', 'demo')
    expect((await project.wrangler('r2', 'bucket', 'info', 'demo')).code).toBe(1)
    project.remove()
  }, 120_000)

  test('both SDKs make a bucket and read its settings', async () => {
    const { accountId: account_id } = account()
    const { r2 } = sdk(account())
    await r2.buckets.create({ account_id, name: 'sdk' })
    expect((await r2.buckets.list({ account_id })).buckets?.map(({ name }) => name)).toContain('sdk')
    await r2.buckets.lifecycle.update('sdk', { account_id, rules: [] })
    expect(await r2.buckets.lifecycle.get('sdk', { account_id })).toEqual({ rules: [] })
    const newer = sdk7(account()).r2
    expect(await newer.buckets.get('sdk', { account_id })).toMatchObject({ name: 'sdk' })
    await newer.buckets.delete('sdk', { account_id })
    await expect(newer.buckets.get('sdk', { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
