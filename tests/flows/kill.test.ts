import { killed, startKilled } from './killed.ts'

const newServer = startKilled()

test('a server that is killed with its account in the middle of a creation and of a deletion ends both, and orphans nothing', async () => {
  const server = newServer()
  await server.start()
  const background = { prefer: 'respond-async', 'content-type': 'application/json' }
  const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], queues: ['JOBS'], secrets: ['API_KEY'] }
  const body = JSON.stringify({ name: 'shop', bindings })
  const created = await server.call('/flows/create-project', { method: 'POST', headers: background, body })
  const creation = await killed(server, created.location, [1, 4])
  expect(creation).toMatchObject({ status: 'success', error: null })
  expect(await server.inventory()).toEqual([
    'd1:shop-db',
    'kv:shop-cache',
    'queue:shop-jobs',
    'r2:shop-assets',
    'script:shop',
  ])
  const removed = await server.call('/flows/project/shop?cleanup', { method: 'DELETE', headers: background })
  const deletion = await killed(server, removed.location, [3])
  expect(deletion).toMatchObject({ status: 'success', error: null })
  // On a fast machine a run may be over before the last kill.
  expect(creation.kills).toBeGreaterThanOrEqual(1)
  expect(await server.inventory()).toEqual([])
}, 300_000)
