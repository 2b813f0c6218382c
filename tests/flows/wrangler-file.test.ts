import { Project } from '../clients/wrangler.ts'
import { saying, startProjects } from './project.ts'

const flows = startProjects()
const { account, call, said, secret } = flows
const bindings = { d1: ['DB'], kv: ['CACHE'], r2: ['FILES'], queues: ['JOBS'], secrets: ['API_KEY'] }
const bound = ['API_KEY', 'CACHE', 'DB', 'FILES', 'JOBS']

async function created(name: string, accept?: string): Promise<{ text: string; type: string | null }> {
  const headers = { 'idempotency-key': name, ...(accept === undefined ? {} : { accept }) }
  const init = { method: 'POST', json: { name, bindings }, headers }
  let response = await flows.worker.fetch('/flows/create-project', init)
  while (response.status === 202) response = await flows.worker.fetch('/flows/create-project', init)
  expect([response.status, response.headers.get('location')]).toEqual([201, expect.stringMatching(/^\/flows\/runs\//)])
  return { text: await response.text(), type: response.headers.get('content-type') }
}

async function deployed(project: Project): Promise<void> {
  try {
    const { code, out, err } = await project.run(['deploy'])
    expect([code, `${out}${err}`]).toEqual([0, expect.stringContaining('Uploaded')])
    expect(err).not.toContain('Unexpected fields')
  } finally {
    project.remove()
  }
}

test('wrangler deploys with wrangler.jsonc as it was answered, and keeps bindings and secrets', async () => {
  const { text, type } = await created('shop')
  expect(type).toBe('application/json')
  expect(JSON.parse(text)).toMatchObject({ name: 'shop', secrets: { required: ['API_KEY'] } })
  await secret('shop', 'real')
  await deployed(new Project(account(), { 'wrangler.jsonc': text, 'index.js': saying('by wrangler') }))
  expect(await said('shop')).toEqual({ word: 'by wrangler', key: 'real', bound })

  // The project is still one: flows go on with it, and its file is the same.
  expect(await flows.deploy('shop', saying('by a flow'))).toMatchObject({ status: 200 })
  expect(await said('shop')).toEqual({ word: 'by a flow', key: 'real', bound })
  const again = await flows.worker.fetch('/flows/project/shop', { headers: { accept: 'application/jsonc' } })
  expect([again.headers.get('content-type'), await again.text()]).toEqual(['application/jsonc', text])
}, 120_000)

test('and with wrangler.toml, through the gateway with a token of ours', async () => {
  const { text, type } = await created('store', 'application/toml')
  expect(type).toBe('application/toml; charset=utf-8')
  await secret('store', 'real')
  const patterns = ['script:store', 'd1:*', 'kv:*', 'r2:store-*', 'queue:store-*']
  const client = await flows.allowed(
    ['Workers Scripts Write', 'D1 Write', 'Workers KV Storage Write', 'Workers R2 Storage Write', 'Queues Write'],
    patterns,
  )
  const files = { 'wrangler.toml': text, 'index.js': saying('by the gateway') }
  await deployed(new Project(await flows.through(client), files))
  expect(await said('store')).toEqual({ word: 'by the gateway', key: 'real', bound })
  expect(await call('GET', '/project/store')).toMatchObject({ body: { secrets: ['API_KEY'], versions: [] } })
}, 120_000)
