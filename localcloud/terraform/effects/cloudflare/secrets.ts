import { groups } from '../../../cloudflare/permissions/groups.ts'
import { objectIn } from '../../protocol/values.ts'
import type { Values } from '../../protocol/values.ts'
import type { Effect, Lookup } from '../effect.ts'
import { rest } from '../rest.ts'

const tokenNames = ['name', 'policies', 'status', 'condition', 'not_before', 'expires_on']

/** The Secrets Store, and tokens of the account. */
export const secretEffects: { readonly [type: string]: Effect } = {
  cloudflare_secrets_store: rest({
    collection: '/accounts/{account_id}/secrets_store/stores',
    item: '/accounts/{account_id}/secrets_store/stores/{id}',
    sends: ['name'],
    imports: '{account_id}/{id}',
  }),
  cloudflare_secrets_store_secret: rest({
    collection: '/accounts/{account_id}/secrets_store/stores/{store_id}/secrets',
    item: '/accounts/{account_id}/secrets_store/stores/{store_id}/secrets/{id}',
    sends: ['name', 'value', 'scopes', 'comment'],
    // Several are made at once: a list, also of one. A PATCH takes the change itself.
    wraps: (body) => [body],
    changes: { method: 'PATCH', sends: ['value', 'scopes', 'comment'] },
    imports: '{account_id}/{store_id}/{id}',
    shows: (said) => ({ ...said, comment: said['comment'] === '' ? null : said['comment'] }),
  }),
  cloudflare_account_token: rest({
    collection: '/accounts/{account_id}/tokens',
    item: '/accounts/{account_id}/tokens/{id}',
    sends: tokenNames,
    changes: { method: 'PUT', sends: tokenNames },
    imports: '{account_id}/{id}',
    body: (body) => ({ ...body, policies: eachPolicy(body['policies'], (text) => JSON.parse(String(text))) }),
    shows: (said) => ({ ...said, policies: eachPolicy(said['policies'], (resources) => JSON.stringify(resources)) }),
  }),
}

/** Resources of a policy are JSON in a text for Terraform, and an object for the API. */
function eachPolicy(policies: unknown, change: (resources: unknown) => unknown): unknown {
  if (!Array.isArray(policies)) return policies
  return policies.map((policy: unknown): Values => {
    const { resources, ...others } = objectIn(policy) ?? {}
    return { ...others, resources: change(resources) }
  })
}

/** The same, of the local account that is not running. */
export function knownPermissionGroups({ name, scope }: Values): Values {
  const fits = (each: (typeof groups)[number]) =>
    (typeof name !== 'string' || each.name === name) && (typeof scope !== 'string' || each.scopes.includes(scope))
  return { result: groups.filter(fits) }
}

/** Permission groups by name and scope: what a token's policies are made of. */
export const findPermissionGroups: Lookup = async ({ account_id: account, name, scope }, cloud) => {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries({ name, scope })) if (typeof value === 'string') query.set(key, value)
  const path = `/accounts/${encodeURIComponent(String(account))}/tokens/permission_groups?${query.toString()}`
  return { result: await cloud.call({ method: 'GET', path }) }
}
