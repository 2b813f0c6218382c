import { AccountToken } from '@cdktf/provider-cloudflare/lib/account-token/index.js'
import { DataCloudflareAccountApiTokenPermissionGroupsList } from '@cdktf/provider-cloudflare/lib/data-cloudflare-account-api-token-permission-groups-list/index.js'
import type { BaseStack } from './base.ts'
import type { Settings } from './schema/settings.ts'

const account = 'com.cloudflare.api.account'
const zone = 'com.cloudflare.api.account.zone'

/** The token with which the Worker acts on its account: what the settings name, on this account and zone only. */
export function workerToken(stack: BaseStack, { project, cloudflare }: Settings): AccountToken {
  const { accountId, workerToken: allowed } = cloudflare
  const groups = new DataCloudflareAccountApiTokenPermissionGroupsList(stack, 'permission-groups', { accountId })
  const policy = (scope: string, id: string, permissions: readonly string[]) => ({
    effect: 'allow',
    // Sorted, because the provider keeps their order: another order in the settings is no change.
    permissionGroups: permissions.toSorted().map((name) => ({ id: `\${one(${idsOf(groups.fqn, name, scope)})}` })),
    // A JSON text with a literal key: Terraform's jsonencode would lose a reference in it.
    resources: JSON.stringify({ [`${scope}.${id}`]: '*' }),
  })
  const known = (scope: string, place: string) => (name: string) => ({
    condition: `\${length(${idsOf(groups.fqn, name, scope)}) == 1}`,
    errorMessage: `cloudflare.workerToken.${place} in stacks/settings.ts names "${name}", which Cloudflare does not know there.`,
  })
  const zoned = cloudflare.zone && allowed.zone.length > 0 ? [policy(zone, cloudflare.zone.id, allowed.zone)] : []
  return new AccountToken(stack, 'worker-token', {
    accountId,
    name: `${project}-worker`,
    policies: [policy(account, accountId, allowed.account), ...zoned],
    lifecycle: {
      precondition: [...allowed.account.map(known(account, 'account')), ...allowed.zone.map(known(zone, 'zone'))],
    },
  })
}

/** The ids of the permission groups with this name, looked up in the account: one, or none when there is no such. */
function idsOf(list: string, name: string, scope: string): string {
  const isMeant = `group.name == ${JSON.stringify(name)} && contains(group.scopes, ${JSON.stringify(scope)})`
  return `[for group in ${list}.result : group.id if ${isMeant}]`
}
