import { createHash, randomBytes } from 'node:crypto'
import { BlockList, isIPv6 } from 'node:net'
import { z } from 'zod'
import { groupWith } from '../permissions/groups.ts'

/** One sentence of a token: these groups, on these resources, allowed or denied. */
export const Policy = z.object({
  id: z.string(),
  effect: z.enum(['allow', 'deny']),
  permission_groups: z.array(z.object({ id: z.string(), name: z.string() })),
  resources: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
})
export type Policy = z.infer<typeof Policy>

export const Condition = z.object({
  request_ip: z.object({ in: z.array(z.string()).optional(), not_in: z.array(z.string()).optional() }).optional(),
})
export type Condition = z.infer<typeof Condition>

/** What a call concerns. `resources` are the names under which a policy may grant it, most general first. */
export type Need = { readonly groups: readonly string[]; readonly resources: readonly string[] }

/** A new token's value: prefix by kind, 40 random characters, and a checksum that secret scanners verify. */
export function newValue(kind: 'user' | 'account'): string {
  const body = randomBytes(60).toString('base64url').replaceAll(/[_-]/g, '').slice(0, 40)
  const sum = createHash('sha256').update(body).digest('hex').slice(0, 8)
  return `${kind === 'user' ? 'cfut' : 'cfat'}_${body}${sum}`
}

/** A value as it is kept. The S3 secret of a token is this hash too, in hexadecimal. */
export function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** An explicit denial goes before a permission, and what nobody granted is denied. Any one of the groups suffices. */
export function permits(policies: readonly Policy[], { groups, resources }: Need): boolean {
  const granted = new Set<string>()
  const denied = new Set<string>()
  for (const policy of policies) {
    if (!concerns(policy, resources)) continue
    const names = policy.permission_groups.map(({ id, name }) => groupWith(id)?.name ?? name)
    for (const name of names) (policy.effect === 'allow' ? granted : denied).add(name)
  }
  return groups.some((name) => granted.has(name) && !denied.has(name))
}

function concerns({ resources: named }: Policy, wanted: readonly string[]): boolean {
  return Object.entries(named).some(([name, scope]) => {
    if (typeof scope === 'string') return wanted.includes(name)
    return Object.keys(scope).some((inner) => wanted.includes(inner))
  })
}

/** Whether a caller's address is one that the token may be used from. */
export function admits({ request_ip: rule }: Condition, address: string): boolean {
  if (!rule) return true
  if (rule.not_in && listed(rule.not_in, address)) return false
  return !rule.in || rule.in.length === 0 || listed(rule.in, address)
}

function listed(ranges: readonly string[], address: string): boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [base = '', bits] = range.split('/')
    const family = isIPv6(base) ? 'ipv6' : 'ipv4'
    list.addSubnet(base, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
