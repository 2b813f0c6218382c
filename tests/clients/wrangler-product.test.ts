import { join } from 'node:path'
import { eventually, startAccount, visit } from '../../localcloud/cloudflare/testing.ts'
import { copyAssets } from '../../scripts/embedded/bundle.ts'
import manifest from '../../worker/wrangler.json' with { type: 'json' }
import { Project } from './wrangler.ts'

const root = join(import.meta.dirname, '../..')
const token = 'root-token-of-the-tests-0123456789-0123456789'

test('this very product is deployed to the local account by wrangler, and works', async () => {
  await copyAssets()
  const [database] = manifest.d1_databases
  const { result } = await account().call<{ uuid: string }>('POST', `${account().base}/d1/database`, {
    name: 'throughline',
  })
  const project = new Project(account(), {
    '.secrets': `CLIENT_AUTH_TOKEN="${token}"\n`,
    'wrangler.json': JSON.stringify({
      ...manifest,
      $schema: undefined,
      main: join(root, 'worker/index.ts'),
      assets: { ...manifest.assets, directory: join(root, '.build/assets') },
      d1_databases: [{ ...database, database_id: result.uuid, migrations_dir: join(root, 'migrations') }],
    }),
  })
  for (const queue of ['throughline-outbox', 'throughline-outbox-dead']) await project.run(['queues', 'create', queue])
  await project.run(['r2', 'bucket', 'create', 'throughline-records'])
  expect(await project.run(['d1', 'migrations', 'apply', 'DEPLOYMENT_DB', '--remote'])).toMatchObject({ code: 0 })
  expect(await project.run(['deploy', '--secrets-file', '.secrets'])).toMatchObject({ code: 0, err: '' })
  const headers = { authorization: `Bearer ${token}` }
  const state = { version: 4, terraform_version: '1.9.0', serial: 1, lineage: 'a', outputs: {}, resources: [] }
  const init = { method: 'POST', headers, body: JSON.stringify(state) }
  expect((await visit(account(), 'throughline', '/state/demo', init)).status).toBe(200)
  expect(await (await visit(account(), 'throughline', '/state/demo', { headers })).json()).toEqual(state)
  // The inventory is complete once the queue's consumer, or the cron, has brought it in.
  const states = await eventually(
    async () => (await visit(account(), 'throughline', '/api/states', { headers })).json(),
    (seen) => JSON.stringify(seen).includes('"inventory":"complete"'),
  )
  expect(states).toMatchObject({ states: [{ name: 'demo', serial: 1, inventory: 'complete' }] })
  project.remove()
}, 60_000)

const { account } = startAccount()
