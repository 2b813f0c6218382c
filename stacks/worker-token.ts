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
    permissionGroups: permissions.toSorted().map((name) => ({ id: groupId(groups.fqn, name, scope) })),
    // A JSON text with a literal key: Terraform's jsonencode would lose a reference in it.
    resources: JSON.stringify({ [`${scope}.${id}`]: '*' }),
  })
  return new AccountToken(stack, 'worker-token', {
    accountId,
    name: `${project}-worker`,
    policies: [
      policy(account, accountId, allowed.account),
      ...(cloudflare.zone && allowed.zone.length > 0 ? [policy(zone, cloudflare.zone.id, allowed.zone)] : []),
    ],
  })
}

/** Looked up in the account; a name that does not exist there fails the plan. */
function groupId(list: string, name: string, scope: string): string {
  const found = `for group in ${list}.result : group.id if group.name == ${JSON.stringify(name)}`
  return `\${one([${found} && contains(group.scopes, ${JSON.stringify(scope)})])}`
}
