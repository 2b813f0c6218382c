import { allScopes } from '../accounts/schema.ts'
import { tokenOf } from '../testing/calls.ts'
import { startHub } from '../testing/hub.ts'

const { hub } = startHub()

/** The status of a call; addresses begin at the root. */
async function statusOf(token: string, method: string, path: string, body: object = {}): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const more = method === 'GET' ? {} : { body: JSON.stringify(body) }
  return (await fetch(`${hub().url}${path}`, { method, headers, ...more })).status
}

beforeAll(() => hub().octokit.rest.repos.createForAuthenticatedUser({ name: 'open', auto_init: true }))

test('only a token of the owner that may do everything makes tokens and people', async () => {
  for (const scopes of [[], ['repo', 'user'], allScopes.filter((scope) => scope !== 'gist')]) {
    const token = await tokenOf(hub(), 'owner', scopes)
    for (const root of ['/_local', '/api/v3/admin'])
      expect(await statusOf(token, 'POST', `${root}/users`, { login: 'made' })).toBe(403)
    expect(await statusOf(token, 'POST', '/_local/tokens', { login: 'owner' })).toBe(403)
    expect(await statusOf(token, 'POST', '/api/v3/admin/organizations', { login: 'made', admin: 'owner' })).toBe(403)
  }
  expect(await statusOf(hub().token, 'GET', '/api/v3/users/made')).toBe(404)
  expect(await statusOf(await tokenOf(hub(), 'owner'), 'DELETE', '/_local/faults')).toBe(204)
})

test('a token without scopes reads what is public and writes nothing', async () => {
  const [none, narrow] = [await tokenOf(hub(), 'owner', []), await tokenOf(hub(), 'owner', ['public_repo'])]
  const [rest, open] = ['/api/v3', '/api/v3/repos/owner/open']
  expect(await statusOf(none, 'GET', `${open}/issues`)).toBe(200)
  for (const [method, path, body] of [
    ['POST', `${open}/issues`, { title: 'x' }],
    ['POST', `${open}/labels`, { name: 'x' }],
    ['PUT', `${rest}/user/starred/owner/open`, {}],
    ['POST', `${rest}/user/repos`, { name: 'public' }],
    ['PATCH', `${rest}/user`, { bio: 'x' }],
    ['PATCH', open, {}],
  ] as const)
    expect([path, await statusOf(none, method, path, body)]).toEqual([path, 404])
  expect(await statusOf(narrow, 'POST', `${open}/issues`, { title: 'x' })).toBe(201)
  expect(await statusOf(narrow, 'POST', `${rest}/user/repos`, { name: 'secret', private: true })).toBe(404)
  expect(await statusOf(narrow, 'POST', `${rest}/user/repos`, { name: 'public' })).toBe(201)
})

test('who runs an organisation changes it only with a token for that', async () => {
  await statusOf(hub().token, 'POST', '/api/v3/admin/organizations', { login: 'acme', admin: 'owner' })
  const token = await tokenOf(hub(), 'owner', ['repo'])
  expect(await statusOf(token, 'PATCH', '/api/v3/orgs/acme', { description: 'x' })).toBe(404)
  expect(await statusOf(token, 'PUT', '/api/v3/orgs/acme/memberships/owner', { role: 'member' })).toBe(404)
  expect(await statusOf(hub().token, 'PATCH', '/api/v3/orgs/acme', { description: 'x' })).toBe(200)
})

test('a token without scopes changes nothing by GraphQL', async () => {
  const token = await tokenOf(hub(), 'owner', [])
  const { data } = await hub().graphql('{ repository(owner: "owner", name: "open") { id } }', {}, token)
  const mutation = 'mutation ($id: ID!) { createIssue(input: {repositoryId: $id, title: "x"}) { issue { number } } }'
  const { errors } = await hub().graphql(mutation, { id: data.repository.id }, token)
  expect(errors).toMatchObject([{ type: 'INSUFFICIENT_SCOPES' }])
  const create = 'mutation { createRepository(input: {name: "x", visibility: PUBLIC}) { repository { id } } }'
  expect((await hub().graphql(create, {}, token)).errors).toMatchObject([{ type: 'NOT_FOUND' }])
})
