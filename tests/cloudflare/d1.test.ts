import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startAccount } from '../../localcloud/cloudflare/testing.ts'
import { Project, sdk, sdk7 } from './clients.ts'

describe('D1, by its clients', () => {
  const { account } = startAccount()

  test('wrangler makes a database, migrates, runs, exports, travels and deletes', async () => {
    const project = new Project(account())
    const made = await project.run('d1', 'create', 'demo', '--location', 'weur')
    const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(made)?.[0] ?? ''
    project.write('wrangler.json', {
      name: 'demo',
      compatibility_date: '2026-07-01',
      d1_databases: [{ binding: 'DB', database_name: 'demo', database_id: id }],
    })
    project.write('migrations/0001_init.sql', 'create table t (a integer);\ninsert into t values (1);\n')
    project.write('more.sql', 'insert into t values (2);\ninsert into t values (3);\n')
    expect(await project.run('d1', 'list', '--json')).toContain(id)
    expect(await project.run('d1', 'migrations', 'list', 'DB', '--remote')).toContain('0001_init.sql')
    await project.run('d1', 'migrations', 'apply', 'DB', '--remote')
    expect(await project.run('d1', 'migrations', 'list', 'DB', '--remote')).toContain('No migrations to apply')
    await project.run('d1', 'execute', 'DB', '--remote', '--file', 'more.sql', '-y')
    const rows = await project.run(
      'd1',
      'execute',
      'DB',
      '--remote',
      '--json',
      '--command',
      'select sum(a) as n from t',
    )
    expect(JSON.parse(rows.slice(rows.indexOf('[')))).toMatchObject([{ results: [{ n: 6 }] }])
    expect(await project.run('d1', 'info', 'demo', '--json')).toContain('"num_tables": 2')
    await project.run('d1', 'export', 'DB', '--remote', '--output', 'out.sql')
    expect(readFileSync(join(project.folder, 'out.sql'), 'utf8')).toContain('INSERT INTO "t" ("a") VALUES(3);')
    const info = await project.run('d1', 'time-travel', 'info', 'DB', '--json')
    const { bookmark } = JSON.parse(info.slice(info.indexOf('{')))
    await project.run('d1', 'execute', 'DB', '--remote', '--command', 'delete from t', '-y')
    await project.run('d1', 'time-travel', 'restore', 'DB', '--bookmark', bookmark)
    const again = await project.run(
      'd1',
      'execute',
      'DB',
      '--remote',
      '--json',
      '--command',
      'select count(*) n from t',
    )
    expect(again).toContain('"n": 3')
    const wrong = await project.wrangler('d1', 'execute', 'DB', '--remote', '--command', 'select * from nothing')
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('[code: 7500]') })
    await project.run('d1', 'delete', 'demo', '-y')
    expect((await project.wrangler('d1', 'info', 'demo')).code).toBe(1)
    project.remove()
  }, 120_000)

  test('both SDKs make a database, query it and page through the list', async () => {
    const { accountId: account_id } = account()
    const { d1 } = sdk(account())
    const { uuid = '' } = await d1.database.create({ account_id, name: 'sdk' })
    const outcomes = []
    const sql = 'create table t (a); insert into t values (?1)'
    for await (const outcome of d1.database.query(uuid, { account_id, sql: sql.split(';')[0] ?? '' }))
      outcomes.push(outcome)
    expect(outcomes).toHaveLength(1)
    const newer = sdk7(account()).d1
    for await (const outcome of newer.database.raw(uuid, { account_id, sql: 'select ? as a', params: ['x'] })) {
      expect(outcome.results).toEqual({ columns: ['a'], rows: [['x']] })
    }
    const names: (string | undefined)[] = []
    for await (const { name } of newer.database.list({ account_id, per_page: 10 })) names.push(name)
    expect(names[0]).toBe('sdk')
    await newer.database.delete(uuid, { account_id })
    await expect(newer.database.get(uuid, { account_id })).rejects.toMatchObject({ status: 404 })
  })
})
