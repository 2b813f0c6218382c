import { DnsRecord } from '@cdktf/provider-cloudflare/lib/dns-record/index.js'
import { CloudflareProvider } from '@cdktf/provider-cloudflare/lib/provider/index.js'
import { WorkersCustomDomain } from '@cdktf/provider-cloudflare/lib/workers-custom-domain/index.js'
import { WorkersRoute } from '@cdktf/provider-cloudflare/lib/workers-route/index.js'
import { ZeroTrustAccessApplication } from '@cdktf/provider-cloudflare/lib/zero-trust-access-application/index.js'
import { ZeroTrustAccessPolicy } from '@cdktf/provider-cloudflare/lib/zero-trust-access-policy/index.js'
import type { App } from 'cdktf'
import { BaseStack } from './base.ts'
import { identifier } from './identifier.ts'
import { worker } from './manifest.ts'
import type { Settings } from './schema/settings.ts'

type Cloudflare = Settings['cloudflare']
type Zone = NonNullable<Cloudflare['zone']>
type Domains = NonNullable<Cloudflare['domains']>
type Access = NonNullable<Cloudflare['access']>

/** Programs come here with tokens that Throughline checks itself; Access would ask them to log in. */
const programPaths = ['state', 'api']

/** How the Worker is reached. It must have been deployed: Cloudflare gives no domain to a script that is not there. */
export class DomainsStack extends BaseStack {
  constructor(app: App, settings: Settings, zone: Zone) {
    super(app, 'domains', settings)
    const { domains, access, dns } = settings.cloudflare
    new CloudflareProvider(this, 'cloudflare', {})
    for (const record of dns)
      new DnsRecord(this, identifier('dns', record.type, record.name, record.content), { zoneId: zone.id, ...record })
    if (!domains) return
    this.#reach(settings.cloudflare.accountId, zone, domains)
    if (access) this.#guard(settings, domains, access)
  }

  #reach(accountId: string, zone: Zone, domains: Domains): void {
    const { controlPlane: hostname, apps } = domains
    new WorkersCustomDomain(this, 'control-plane', { accountId, zoneId: zone.id, hostname, service: worker.script })
    if (apps === undefined) return
    // A route answers only where a proxied record exists; 100:: leads nowhere else.
    new DnsRecord(this, 'apps', { zoneId: zone.id, name: apps, type: 'AAAA', content: '100::', proxied: true, ttl: 1 })
    new WorkersRoute(this, 'apps-route', { zoneId: zone.id, pattern: `${apps}/*`, script: worker.script })
  }

  #guard({ project, cloudflare }: Settings, { controlPlane }: Domains, access: Access): void {
    const { accountId } = cloudflare
    const people = new ZeroTrustAccessPolicy(this, 'people', {
      accountId,
      name: `${project}-people`,
      decision: 'allow',
      sessionDuration: access.sessionDuration,
      include: [
        ...access.emails.map((email) => ({ email: { email } })),
        ...access.emailDomains.map((domain) => ({ emailDomain: { domain } })),
      ],
    })
    const programs = new ZeroTrustAccessPolicy(this, 'programs', {
      accountId,
      name: `${project}-programs`,
      decision: 'bypass',
      include: [{ everyone: {} }],
    })
    const application = { accountId, type: 'self_hosted', sessionDuration: access.sessionDuration }
    new ZeroTrustAccessApplication(this, 'dashboard', {
      ...application,
      name: `${project}-dashboard`,
      domain: controlPlane,
      policies: [{ id: people.id, precedence: 1 }],
    })
    for (const path of programPaths) {
      new ZeroTrustAccessApplication(this, `program-${path}`, {
        ...application,
        name: `${project}-${path}`,
        domain: `${controlPlane}/${path}`,
        policies: [{ id: programs.id, precedence: 1 }],
      })
    }
  }
}
