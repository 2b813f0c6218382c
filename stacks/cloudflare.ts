import { D1Database } from '@cdktf/provider-cloudflare/lib/d1-database/index.js'
import { CloudflareProvider } from '@cdktf/provider-cloudflare/lib/provider/index.js'
import { Queue } from '@cdktf/provider-cloudflare/lib/queue/index.js'
import { R2Bucket } from '@cdktf/provider-cloudflare/lib/r2-bucket/index.js'
import { WorkersForPlatformsDispatchNamespace } from '@cdktf/provider-cloudflare/lib/workers-for-platforms-dispatch-namespace/index.js'
import { WorkersKvNamespace } from '@cdktf/provider-cloudflare/lib/workers-kv-namespace/index.js'
import { TerraformOutput } from 'cdktf'
import type { App } from 'cdktf'
import { BaseStack } from './base.ts'
import { identifier } from './identifier.ts'
import { worker } from './manifest.ts'
import type { WorkerNeeds } from './manifest.ts'
import type { Settings } from './schema/settings.ts'
import { SecretsStore } from './secrets-store.ts'
import { workerToken } from './worker-token.ts'

/** The first Cloudflare provider with the Secrets Store is 5.20; the generated bindings pin 5.14. */
const providerVersion = '5.22.0'

/** What the Worker needs before it can be deployed: all that its manifest names, and what it may do. */
export class CloudflareStack extends BaseStack {
  constructor(app: App, settings: Settings, needs: WorkerNeeds = worker) {
    super(app, 'cloudflare', settings)
    const { cloudflare, protectData } = settings
    const { accountId } = cloudflare
    const lifecycle = { preventDestroy: protectData }
    new CloudflareProvider(this, 'cloudflare', {})
    this.addOverride('terraform.required_providers.cloudflare.version', providerVersion)

    const location = cloudflare.location === undefined ? {} : { primaryLocationHint: cloudflare.location }
    const databases = Object.entries(needs.databases).map(([binding, name]) => {
      const database = new D1Database(this, identifier('d1', name), { accountId, name, ...location, lifecycle })
      return [binding, database.id] as const
    })
    const namespaces = Object.entries(needs.keyValueNamespaces).map(([binding, title]) => {
      return [binding, this.#keyValueNamespace(accountId, title)] as const
    })
    for (const title of cloudflare.keyValueNamespaces) this.#keyValueNamespace(accountId, title)
    for (const name of new Set([...Object.values(needs.buckets), ...cloudflare.buckets]))
      new R2Bucket(this, identifier('r2', name), { accountId, name, lifecycle })
    for (const queueName of needs.queues) new Queue(this, identifier('queue', queueName), { accountId, queueName })
    for (const name of new Set([...needs.dispatchNamespaces, ...cloudflare.dispatchNamespaces]))
      new WorkersForPlatformsDispatchNamespace(this, identifier('dispatch', name), { accountId, name })

    const store = this.#secretsStore(settings)
    new TerraformOutput(this, 'worker_bindings', {
      value: Object.fromEntries([...databases, ...namespaces]),
      description: 'The ids that wrangler needs, by binding.',
    })
    new TerraformOutput(this, 'secrets_store_id', { value: store.id, description: 'The id of the Secrets Store.' })
    new TerraformOutput(this, 'worker_api_token', {
      value: workerToken(this, settings).value,
      sensitive: true,
      description: "The Worker's CF_API_TOKEN.",
    })
  }

  #keyValueNamespace(accountId: string, title: string): string {
    return new WorkersKvNamespace(this, identifier('kv', title), { accountId, title }).id
  }

  /** An account has one store: one that exists is adopted, with its name as it is. */
  #secretsStore({ cloudflare, protectData }: Settings): SecretsStore {
    const { accountId, secretsStore } = cloudflare
    const props = { account_id: accountId, name: secretsStore.name }
    const store = new SecretsStore(this, 'secrets-store', props, { lifecycle: { preventDestroy: protectData } })
    if (secretsStore.id !== undefined) this.adopt(store, `${accountId}/${secretsStore.id}`)
    return store
  }
}
