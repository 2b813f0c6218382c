import { killed, startKilled } from './killed.ts'
import { saying } from './project.ts'

const newServer = startKilled()

test('a server that is killed between the steps of a creation and of a deletion ends both, and orphans nothing', async () => {
  const server = newServer()
  await server.start()
  const background = { prefer: 'respond-async', 'content-type': 'application/json' }
  const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }
  const body = JSON.stringify({ name: 'shop', bindings })
  const created = await server.call('/flows/create-project', { method: 'POST', headers: background, body })
  const creation = await killed(server, created.location, [0, 2, 4, 6])
  expect(creation).toMatchObject({ status: 'success', error: null })
  expect(await server.inventory()).toEqual([
    'd1:shop-db',
    'kv:shop-cache',
    'queue:shop-jobs',
    'r2:shop-assets',
    'script:shop',
  ])
  const removed = await server.call('/flows/project/shop?cleanup', { method: 'DELETE', headers: background })
  const deletion = await killed(server, removed.location, [2, 5])
  expect(deletion).toMatchObject({ status: 'success', error: null })
  // On a fast machine a run may be over before the last kill.
  expect([creation.kills >= 2, deletion.kills >= 1]).toEqual([true, true])
  expect(await server.inventory()).toEqual([])
}, 300_000)

test('a server that is killed between the steps of a deployment puts the new code to work, once', async () => {
  const server = newServer()
  await server.start()
  const headers = { 'content-type': 'application/json' }
  const deploy = async (content: string, bindings: object, more: object = {}) => {
    const body = JSON.stringify({ script_name: 'shop', content, bindings })
    return server.call('/flows/deploy-content', { method: 'PUT', headers: { ...headers, ...more }, body })
  }
  const first = await deploy(saying('first'), { kv: ['CACHE'] })
  expect(await killed(server, first.location, [])).toMatchObject({ status: 'success' })
  const begun = await deploy(saying('second'), { r2: ['FILES'] }, { prefer: 'respond-async' })
  const run = await killed(server, begun.location, [1, 4, 6, 7])
  expect(run).toMatchObject({ status: 'success', error: null, result: { version: 2 } })
  expect(run.kills).toBeGreaterThanOrEqual(2)
  const { items } = await server.ask<{ items: object[] }>('/workers/scripts/shop/versions')
  // The one before its code, two of code, and one for what is bound besides.
  expect(items).toHaveLength(4)
  expect(await server.inventory()).toEqual(['kv:shop-cache', 'r2:shop-files', 'script:shop'])
}, 300_000)
