import { z } from '@hono/zod-openapi'
import { now } from '../../platform/clock.ts'
import { Problem } from '../../platform/problem.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { nearest } from '../policies/schema.ts'
import type { Lease } from './schema.ts'

const Group = z.object({ id: z.string(), name: z.string(), scopes: z.array(z.string()) })
export type Group = z.infer<typeof Group>

/** A permission group, and what of the asked resources it is for. */
export type Permission = { readonly group: Group; readonly resources: readonly string[] }

/** A sentence of a token in Cloudflare's form. */
type TokenPolicy = {
  readonly effect: 'allow'
  readonly permission_groups: readonly { readonly id: string }[]
  readonly resources: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

const account = 'com.cloudflare.api.account'
/** What Cloudflare calls the scope of a resource that is asked for, by the word before its colon. */
const scopes: Readonly<Record<string, string>> = {
  account,
  zone: 'com.cloudflare.api.account.zone',
  user: 'com.cloudflare.api.user',
  r2: 'com.cloudflare.edge.r2.bucket',
}

/** What Cloudflare says of its groups changes seldom: it is believed for ten minutes. */
const believed = 600_000
const known = new Map<string, { readonly groups: readonly Group[]; readonly until: number }>()

/** Every permission group that tokens of a kind may have. @throws CloudflareError */
export async function groupsOf(cloudflare: Cloudflare, kind: Lease['kind']): Promise<readonly Group[]> {
  const found = known.get(kind)
  if (found && found.until > now()) return found.groups
  const path = `${tokensOf(kind)}/permission_groups`
  const groups = await cloudflare.call(z.array(Group), 'GET', path)
  known.set(kind, { groups, until: now() + believed })
  return groups
}

/** Where tokens of a kind are managed, as `Cloudflare` takes paths. */
export function tokensOf(kind: Lease['kind']): string {
  return kind === 'account' ? '/tokens' : '//user/tokens'
}

/**
 * What the names or identifiers of permission groups mean on these resources. A name that Cloudflare uses in several
 * scopes means those that fit.
 * @throws Problem (invalid-request) for an unknown group, with the nearest; and for what fits nothing of the other list
 */
export function permissionsFor(
  { permissions, resources }: Pick<Lease, 'permissions' | 'resources'>,
  groups: readonly Group[],
): Permission[] {
  const chosen = permissions.flatMap((text) => {
    const meant = groups.filter(({ id, name }) => id === text || name === text)
    if (meant.length === 0) throw unknown(text, groups)
    const fitting = meant
      .map((group) => ({ group, resources: resources.filter((resource) => group.scopes.includes(scopeOf(resource))) }))
      .filter((permission) => permission.resources.length > 0)
    if (fitting.length === 0) throw unfitting(meant)
    return fitting
  })
  const used = new Set(chosen.flatMap((permission) => permission.resources))
  const idle = resources.find((resource) => !used.has(resource))
  if (idle !== undefined)
    throw new Problem('invalid-request', `No permission that is asked for concerns ${idle}: leave it out.`)
  return [...new Map(chosen.map((permission) => [permission.group.id, permission])).values()]
}

function scopeOf(resource: string): string {
  return scopes[resource.split(':')[0] ?? ''] ?? ''
}

function unknown(text: string, groups: readonly Group[]): Problem {
  const near = nearest(
    text,
    groups.map(({ name }) => name),
  ).join(', ')
  return new Problem('invalid-request', `Cloudflare has no permission group ${text}. The nearest: ${near}.`)
}

function unfitting(meant: readonly Group[]): Problem {
  const words = Object.keys(scopes).filter((word) => meant.some((group) => group.scopes.includes(scopes[word] ?? '')))
  const forms = words.map((word) => (word === 'zone' ? 'zone:<id> or zone:*' : word === 'r2' ? 'r2:<bucket>' : word))
  const name = meant[0]?.name ?? ''
  return new Problem('invalid-request', `"${name}" concerns other resources: name ${forms.join(' or ') || 'none'}.`)
}

/** @param owner the identifiers that resources are written with; `user` only where one is named */
export function policiesOf(
  permissions: readonly Permission[],
  owner: { readonly account: string; readonly user: string | null },
): TokenPolicy[] {
  const byResources = new Map<string, Permission[]>()
  for (const permission of permissions) {
    const key = permission.resources.join()
    byResources.set(key, [...(byResources.get(key) ?? []), permission])
  }
  return [...byResources.values()].map((together) => ({
    effect: 'allow',
    permission_groups: together.map(({ group }) => ({ id: group.id })),
    resources: Object.fromEntries((together[0]?.resources ?? []).map((resource) => written(resource, owner))),
  }))
}

function written(resource: string, { account: id, user }: { account: string; user: string | null }) {
  const name = resource.slice(resource.indexOf(':') + 1)
  if (resource === 'account') return [`${account}.${id}`, '*'] as const
  if (resource === 'user') return [`com.cloudflare.api.user.${user ?? ''}`, '*'] as const
  if (resource === 'zone:*') return [`${account}.${id}`, { [`${scopes['zone']}.*`]: '*' }] as const
  if (resource.startsWith('zone:')) return [`${scopes['zone']}.${name}`, '*'] as const
  return [`${scopes['r2']}.${id}_default_${name}`, '*'] as const
}
