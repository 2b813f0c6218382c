import { z } from 'zod'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { pageOf } from '../pages.ts'
import { groups } from '../permissions/groups.ts'
import type { Account } from './tables.ts'
import { identityTables } from './tables.ts'
import { tokenRoutes } from './token-routes.ts'

/** Who calls, and which account it is. */
export const identityProduct: Product = { tables: identityTables, routes }

function routes(api: Api, cloud: Cloud): void {
  api.get('/user', () => ok(userOf(cloud.account())))
  api.get('/accounts', (c) => {
    const { name } = c.req.query()
    const all = [cloud.account()].filter((account) => name === undefined || account.name.includes(name))
    const { result, info } = pageOf(c, all.map(shown))
    return ok(result, { info })
  })
  api.get('/accounts/:account', () => ok(shown(cloud.account())))
  api.put('/accounts/:account', async (c) => {
    const named = z.object({ name: z.string().min(1).max(100) }).safeParse(await c.req.json().catch(() => null))
    if (!named.success) throw new ApiError(400, { code: 1001, message: 'Invalid account name' })
    cloud.store.run('update account set name = ?', named.data.name)
    return ok(shown(cloud.account()))
  })
  api.get('/memberships', (c) => {
    const { result, info } = pageOf(c, [membershipIn(cloud.account())])
    return ok(result, { info })
  })
  // There are no zones on a laptop; who looks for some finds an empty list.
  tokenRoutes(api, cloud)
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function userOf({ id, name, user_id: user, email, created_on: at }: Account): object {
  return {
    id: user,
    email,
    username: email.split('@')[0],
    first_name: 'Local',
    last_name: 'Owner',
    telephone: null,
    country: null,
    zipcode: null,
    two_factor_authentication_enabled: false,
    two_factor_authentication_locked: false,
    created_on: iso(at),
    modified_on: iso(at),
    has_pro_zones: false,
    has_business_zones: false,
    has_enterprise_zones: false,
    suspended: false,
    betas: [],
    organizations: [{ id, name, status: 'member', permissions: [], roles: ['Super Administrator - All Privileges'] }],
  }
}

function shown({ id, name, created_on: at }: Account): object {
  return {
    id,
    name,
    type: 'standard',
    settings: {
      enforce_twofactor: false,
      api_access_enabled: null,
      access_approval_expiry: null,
      abuse_contact_email: null,
    },
    legacy_flags: { enterprise_zone_quota: { maximum: 0, current: 0, available: 0 } },
    created_on: iso(at),
  }
}

function membershipIn(account: Account): object {
  const names = groups.map(({ name }) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_'))
  return {
    id: account.user_id,
    code: '',
    status: 'accepted',
    account: shown(account),
    api_access_enabled: null,
    permissions: Object.fromEntries(names.map((name) => [name, { read: true, write: true }])),
    roles: ['Super Administrator - All Privileges'],
  }
}
