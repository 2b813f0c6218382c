import { App } from 'cdktf'
import { Auth0Stack } from './auth0.ts'
import { AzureStack } from './azure.ts'
import { CloudflareStack } from './cloudflare.ts'
import { DomainsStack } from './domains.ts'
import { GitHubStack } from './github.ts'
import type { Settings } from './schema/settings.ts'

/** What breaks a policy, with its place and what to change. */
export class PolicyViolation extends Error {}

/** All stacks, in the order in which they can be deployed. */
export function declareStacks(settings: Settings, outdir: string): App {
  // Traces would put the paths of this machine into what is synthesised.
  const app = new App({ outdir, stackTraces: false })
  const { cloudflare, azure, auth0 } = settings
  const platform = new CloudflareStack(app, settings)
  // A domain and a webhook lead to the Worker, which needs its platform first.
  if (cloudflare.zone) new DomainsStack(app, settings, cloudflare.zone).addDependency(platform)
  new GitHubStack(app, settings).addDependency(platform)
  if (azure) new AzureStack(app, settings, azure)
  if (auth0) new Auth0Stack(app, settings, auth0)
  return app
}

/** Writes what Terraform reads. @throws PolicyViolation with all that is wrong in the first stack that has something. */
export function synthesize(app: App): void {
  try {
    app.synth()
  } catch (error) {
    const faults = app.node
      .findAll()
      .flatMap(({ node }) =>
        node.metadata
          .filter(({ type }) => type === '@cdktf/error')
          .map(({ data }) => `  ${node.path}: ${String(data)}`),
      )
    if (faults.length === 0) throw error
    throw new PolicyViolation(['The stacks break a policy:', ...faults].join('\n'), { cause: error })
  }
}
