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
