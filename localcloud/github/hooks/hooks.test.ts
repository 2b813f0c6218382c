import { createHmac } from 'node:crypto'
import { callLocal } from '../testing/calls.ts'
import { secret, startHearing } from '../testing/hearing.ts'

const { hub, receiver, place, tell, hook, open } = startHearing()

test('a new hook is greeted, and never shows its secret', async () => {
  const { data } = await tell().repos.createWebhook({ ...place, config: { url: receiver.url, secret } })
  expect(data).toMatchObject({
    type: 'Repository',
    name: 'web',
    active: true,
    events: ['push'],
    config: { content_type: 'form', insecure_ssl: '0', secret: '********', url: receiver.url },
  })
  const [ping] = await receiver.wait('ping', 1)
  expect(ping?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  const signature = createHmac('sha256', secret).update(ping?.raw ?? '')
  expect(ping?.headers['x-hub-signature-256']).toBe(`sha256=${signature.digest('hex')}`)
  expect(ping?.body).toMatchObject({
    zen: expect.any(String),
    hook_id: data.id,
    hook: { id: data.id },
    repository: { full_name: 'owner/heard' },
    sender: { login: 'owner' },
  })
})

test('an inactive hook hears nothing, a changed one what it now asks for', async () => {
  const key = await hook(['issues'])
  await tell().repos.updateWebhook({ ...key, active: false })
  await open()
  await tell().repos.updateWebhook({
    ...key,
    active: true,
    add_events: ['label'],
    remove_events: ['issues'],
    config: { url: receiver.url, content_type: 'json', secret: '********' },
  })
  await open()
  await tell().issues.createLabel({ ...place, name: 'l', color: 'ffffff' })
  const [label] = await receiver.wait('label', 1)
  expect(label?.headers).toHaveProperty('x-hub-signature-256')
  expect(receiver.arrivals.map(({ event }) => event)).toEqual(['ping', 'label'])
  expect((await tell().repos.getWebhook(key)).data.events).toEqual(['label'])
  expect((await tell().repos.getWebhookConfigForRepo(key)).data).toMatchObject({
    content_type: 'json',
    secret: '********',
  })
  expect((await tell().repos.updateWebhookConfigForRepo({ ...key, content_type: 'form' })).data.content_type).toBe(
    'form',
  )
})

test('a test sends the last commit as a push', async () => {
  const key = await hook(['push'])
  expect((await tell().repos.testPushWebhook(key)).status).toBe(204)
  const [push] = await receiver.wait('push', 1)
  expect(push?.body).toMatchObject({ ref: 'refs/heads/main', head_commit: { message: 'Initial commit' } })
  expect((await tell().repos.pingWebhook(key)).status).toBe(204)
  expect(await receiver.wait('ping', 2)).toHaveLength(2)
})

test.each([
  ['no address', { config: {} }, 422],
  ['an address of another kind', { config: { url: 'ftp://x' } }, 422],
  ['another name', { name: 'email', config: { url: 'http://x' } }, 422],
])('%s is refused', async (_what, body, status) => {
  const init = { method: 'POST', headers: { authorization: `Bearer ${hub().token}` }, body: JSON.stringify(body) }
  expect((await fetch(`${hub().url}/api/v3/repos/owner/heard/hooks`, init)).status).toBe(status)
})

async function add(index: number): Promise<void> {
  await tell().repos.createWebhook({ ...place, config: { url: `http://127.0.0.1:1/${index}` } })
}

test('the same hook twice, and more than twenty, are refused', async () => {
  await hook(['issues'])
  await expect(hook(['issues'])).rejects.toMatchObject({
    status: 422,
    response: { data: { errors: [{ message: 'Hook already exists on this repository' }] } },
  })
  for (let index = 0; index < 20; index += 1) await add(index)
  await expect(add(20)).rejects.toMatchObject({ status: 422 })
})

test('a hook of an organisation hears of all its repositories', async () => {
  await callLocal(hub(), '/admin/organizations', { login: 'acme', admin: 'owner' })
  const { data: made } = await tell().orgs.createWebhook({
    org: 'acme',
    name: 'web',
    events: ['*'],
    config: { url: receiver.url, content_type: 'json' },
  })
  expect(made).toMatchObject({ type: 'Organization', url: `${hub().url}/api/v3/orgs/acme/hooks/${made.id}` })
  await tell().repos.createInOrg({ org: 'acme', name: 'rocket', auto_init: true })
  const [push] = await receiver.wait('push', 1)
  expect(push?.headers).toMatchObject({ 'x-github-hook-installation-target-type': 'organization' })
  expect(push?.body).toMatchObject({ organization: { login: 'acme' }, repository: { full_name: 'acme/rocket' } })
  const [created] = await receiver.wait('repository', 1)
  expect(created?.body.action).toBe('created')
  expect((await tell().orgs.listWebhooks({ org: 'acme' })).data).toHaveLength(1)
  await tell().orgs.pingWebhook({ org: 'acme', hook_id: made.id })
  expect((await receiver.wait('ping', 2))[1]?.body).toMatchObject({ organization: { login: 'acme' } })
  expect((await tell().orgs.listWebhookDeliveries({ org: 'acme', hook_id: made.id })).data.length).toBeGreaterThan(1)
  await tell().orgs.deleteWebhook({ org: 'acme', hook_id: made.id })
})
