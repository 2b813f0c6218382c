import { toFile } from 'cloudflare'
import { visit } from '../../localcloud/cloudflare/testing.ts'
import { areas } from '../cloudflare/calls.ts'
import { sdk, sdk7 } from '../cloudflare/clients.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const code = (text: string) => `export default { fetch: () => new Response('${text}') }`
const at = () => ({ account_id: gateway.account().accountId })

const groups =
  'Workers Scripts Write,Workers Tail Read,D1 Write,Workers KV Storage Write,Queues Write,Pages Write,Zone Zone Edit,' +
  'Workers R2 Storage Write,Workers Routes Write,Zone Write,Zone Read,DNS Write,DNS Read,Zone DNS Edit,' +
  'Secrets Store Write,Account Settings Read'
const patterns =
  'script:typed d1:* kv:* r2:typed queue:typed queue:notified workflow:flow zone:* secrets_store:* pages:typed ' +
  'dispatch:typed account:r2 account:logs'

test('cloudflare 6.5 does all it can do, but for the tokens, which are the owner’s', async () => {
  const client = sdk(await gateway.through(await gateway.allowed(groups.split(','), patterns.split(' '))))
  const [identity, ...others] = areas
  await expect(identity?.(client, at())).rejects.toMatchObject({ status: 403 })
  for (const area of others) await area(client, at())
  expect(others).toHaveLength(13)
}, 90_000)

test('cloudflare 6.5 as the owner manages tokens, too', async () => {
  await expect(areas[0]?.(sdk(await gateway.through(gateway.root)), at())).resolves.toBeUndefined()
})

test('cloudflare 6.5 is refused outside of its policy, and told why', async () => {
  const client = sdk(await gateway.through(await gateway.allowed(['Workers Scripts Write'], ['script:six'])))
  const metadata = { main_module: 'index.js', compatibility_date: '2026-07-01' }
  const upload = async (name: string, more: object = {}) => {
    const files = [await toFile(Buffer.from(code('six')), 'index.js', { type: 'application/javascript+module' })]
    return client.workers.scripts.update(name, { ...at(), files, metadata: { ...metadata, ...more } })
  }
  await upload('six')
  expect(await (await visit(gateway.account(), 'six')).text()).toBe('six')
  const bindings = [{ type: 'service', name: 'X', service: 'seven' }]
  for (const refused of [upload('seven'), upload('six', { bindings })])
    await expect(refused).rejects.toMatchObject({ status: 403, errors: [{ code: 10_000 }] })
  await expect(client.d1.database.create({ ...at(), name: 'no' })).rejects.toThrow('D1 Write')
})

test('cloudflare 7.3 deploys through the JSON API inside of its policy, and not outside', async () => {
  const client = sdk7(await gateway.through(await gateway.allowed(['Workers Scripts Write'], ['script:seven'])))
  const { workers } = client.workers.beta
  const worker = await workers.create({ ...at(), name: 'seven', subdomain: { enabled: true } })
  const version = (more: object) =>
    workers.versions.create(worker.id, {
      ...at(),
      deploy: true,
      main_module: 'index.js',
      compatibility_date: '2026-07-01',
      modules: [
        {
          name: 'index.js',
          content_type: 'application/javascript+module',
          content_base64: Buffer.from(code('seven')).toString('base64'),
        },
      ],
      ...more,
    })
  await version({})
  expect(await (await visit(gateway.account(), 'seven')).text()).toBe('seven')
  const listed: unknown[] = []
  for await (const { name } of workers.list(at())) listed.push(name)
  expect(listed).toEqual(['seven'])
  await expect(version({ bindings: [{ type: 'd1', name: 'DB', id: 'other' }] })).rejects.toMatchObject({ status: 403 })
  await expect(workers.create({ ...at(), name: 'other' })).rejects.toMatchObject({ status: 403 })
  await workers.delete(worker.id, at())
})
