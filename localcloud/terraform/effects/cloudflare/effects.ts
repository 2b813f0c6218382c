import type { Effects } from '../effect.ts'
import { findPermissionGroups, knownPermissionGroups, secretEffects } from './secrets.ts'
import { storageEffects } from './storage.ts'
import { workersEffects } from './workers.ts'
import { findZone, zoneEffects } from './zones.ts'

/** Everything that is really made in a Cloudflare account. */
export const cloudflareEffects: Effects = {
  resources: { ...storageEffects, ...workersEffects, ...zoneEffects, ...secretEffects },
  dataSources: {
    cloudflare_zone: findZone,
    cloudflare_account_api_token_permission_groups_list: findPermissionGroups,
  },
  known: { cloudflare_account_api_token_permission_groups_list: knownPermissionGroups },
}
