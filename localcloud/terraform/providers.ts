import { openCloudflare } from './effects/cloudflare/cloud.ts'
import { cloudflareEffects } from './effects/cloudflare/effects.ts'
import type { Effects, OpenCloud } from './effects/effect.ts'
import { openGithub } from './effects/github/cloud.ts'
import { githubEffects } from './effects/github/effects.ts'
import { auth0Configuration, auth0Facts, auth0Types } from './overlay/auth0.ts'
import { azurermFacts } from './overlay/azurerm.ts'
import { cloudflareFacts, cloudflareTypes } from './overlay/cloudflare.ts'
import type { Facts } from './overlay/facts.ts'
import { githubFacts } from './overlay/github.ts'
import type { Framework } from './schema/recovery.ts'
import type { Block } from './schema/schema.ts'

/** A provider that can be stood in for. */
export type Definition = {
  /** As in the registry. */
  readonly address: string
  /** Types begin with it. */
  readonly prefix: string
  /** The manifest of the package its schemas come from; without one everything is written by hand. */
  readonly from?: { readonly manifest: string; readonly framework: Framework }
  readonly configuration?: Block
  /** Types that no package has. */
  readonly types: { readonly [type: string]: Block }
  readonly facts: { readonly [type: string]: Facts }
  /** Types whose effects are real; the others are kept in the state only. */
  readonly effects: Effects
  readonly open: OpenCloud
  /** The variable that says where its cloud is, if its effects can be real. */
  readonly variable?: string
}

const simulated = { effects: { resources: {}, dataSources: {} }, open: async () => null }

export const definitions: readonly Definition[] = [
  {
    address: 'cloudflare/cloudflare',
    prefix: 'cloudflare',
    from: { manifest: import.meta.resolve('@cdktf/provider-cloudflare/package.json'), framework: 'plugin' },
    types: cloudflareTypes,
    facts: cloudflareFacts,
    effects: cloudflareEffects,
    open: openCloudflare,
    variable: 'CLOUDFLARE_BASE_URL',
  },
  {
    address: 'integrations/github',
    prefix: 'github',
    from: { manifest: import.meta.resolve('@cdktf/provider-github/package.json'), framework: 'sdk' },
    types: {},
    facts: githubFacts,
    effects: githubEffects,
    open: openGithub,
    variable: 'GITHUB_BASE_URL',
  },
  {
    address: 'hashicorp/azurerm',
    prefix: 'azurerm',
    from: { manifest: import.meta.resolve('@cdktf/provider-azurerm/package.json'), framework: 'sdk' },
    types: {},
    facts: azurermFacts,
    ...simulated,
  },
  {
    address: 'auth0/auth0',
    prefix: 'auth0',
    configuration: auth0Configuration,
    types: auth0Types,
    facts: auth0Facts,
    ...simulated,
  },
]
