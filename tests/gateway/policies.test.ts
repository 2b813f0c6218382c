import { eventually } from '../../worker/testing.ts'
import { startGateway } from './gateway.ts'

const gateway = startGateway()
const { call, token, worker } = gateway
const shop = { name: 'shop', permissions: ['D1 Read'], resources: ['d1:*'] }
const api = async (method: string, path = '', json?: unknown, as = gateway.root) => {
  const response = await worker.fetch(`/api/policies${path}`, {
    method,
    token: as,
    ...(json !== undefined && { json }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) }
}

/** What was done to the policy, as the audit has it. */
const told = async () => {
  const response = await worker.fetch('/api/audit?subject=shop&outcome=success')
  const { acts } = (await response.json()) as { acts: { action: string }[] }
  return acts.map(({ action }) => action).toSorted()
}

test('a policy is created, listed, shown, replaced and deleted, and each change is in the audit', async () => {
  const made = await api('POST', '', shop)
  expect(made).toMatchObject({ status: 201, body: { ...shop, created_by: 'root', expires_at: null } })
  expect((await api('POST', '', shop)).status).toBe(409)
  expect((await api('GET')).body).toMatchObject({ policies: [{ name: 'shop' }], next: null })
  const content = { permissions: ['D1 Write'], resources: ['d1:a', '*'], expires_at: '2099-01-01T00:00:00Z' }
  expect(await api('PUT', '/shop', content)).toMatchObject({ status: 200, body: { permissions: ['D1 Write'] } })
  expect((await api('GET', '/shop')).body).toMatchObject({
    resources: ['d1:a', '*'],
    expires_at: '2099-01-01T00:00:00.000Z',
  })
  expect((await api('DELETE', '/shop')).status).toBe(204)
  for (const [method, body] of [['GET'], ['PUT', content], ['DELETE']] as const)
    expect([method, (await api(method, '/shop', body)).status]).toEqual([method, 404])
  const actions = await eventually(told, (list) => list.length >= 3)
  expect(actions).toEqual(['policy.create', 'policy.delete', 'policy.update'])
})

test.each([
  ['a permission that Cloudflare does not have', { permissions: ['Worker Script Write'] }, 'Workers Scripts Write'],
  ['no permission', { permissions: [] }, 'permissions'],
  ['a kind that there is not', { resources: ['scripts:shop'] }, 'Kinds'],
  ['a pattern with its star inside', { resources: ['script:a*b'] }, 'pattern'],
  ['a name that is a scope', { name: 'read' }, 'sdk:read'],
  ['a name that is none', { name: '*' }, 'name'],
  ['what it does not know', { more: 1 }, 'more'],
])('%s is refused with what is wrong', async (_, change, detail) => {
  const refused = await api('POST', '', { ...shop, ...change })
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining(detail)])
})

test('only who manages tokens manages policies', async () => {
  const client = await token('sdk:*', 'read')
  expect((await api('GET', '', undefined, client)).status).toBe(403)
  expect((await api('POST', '', shop, client)).status).toBe(403)
  expect((await api('DELETE', '/shop', undefined, client)).status).toBe(403)
})

test('a change of a policy changes at once what its tokens may do', async () => {
  await api('POST', '', shop)
  const client = await token('sdk:shop')
  const status = async () => (await call(client, 'GET', 'A/d1/database')).status
  expect(await status()).toBe(200)
  await api('PUT', '/shop', { ...shop, name: undefined, expires_at: '2020-01-01T00:00:00Z' })
  expect(await status()).toBe(403)
  await api('PUT', '/shop', { ...shop, name: undefined })
  expect(await status()).toBe(200)
  await api('DELETE', '/shop')
  expect(await status()).toBe(403)
})

test('files are uploaded with the token of a session that was opened here, and with no other', async () => {
  await gateway.worker.fetch('/api/policies', {
    method: 'POST',
    json: { name: 'shop', permissions: ['Workers Scripts Write'], resources: ['script:shop'] },
  })
  const client = await token('sdk:shop')
  const session = 'workers/scripts/shop/assets-upload-session'
  const manifest = { manifest: { '/a.css': { hash: 'a'.repeat(32), size: 4 } } }
  const here = await call<{ jwt: string }>(client, 'POST', `A/${session}`, manifest)
  const { account } = gateway
  const other = { manifest: { '/b.css': { hash: 'b'.repeat(32), size: 4 } } }
  const elsewhere = await account().call<{ jwt: string }>('POST', `${account().base}/${session}`, other)
  const form = `--b\r\nContent-Disposition: form-data; name="${'a'.repeat(32)}"; filename="a"\r\nContent-Type: text/css\r\n\r\nYWJjZA==\r\n--b--\r\n`
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  const upload = (as: string) => call(as, 'POST', 'A/workers/assets/upload?base64=true', form, type)
  expect((await upload(elsewhere.result.jwt)).status).toBe(401)
  expect((await upload(client)).status).toBe(401)
  expect((await call(here.result.jwt, 'GET', 'A/d1/database')).status).toBe(401)
  expect((await upload(here.result.jwt)).status).toBe(201)
})
