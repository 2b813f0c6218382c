import { z } from 'zod'
import { cloudflareId, hostname, kebab, names, rule, section, unique } from './section.ts'

const Zone = section({ id: cloudflareId, name: hostname })

const Domains = section({
  /** Where the control plane answers: the dashboard, the API, the states. */
  controlPlane: hostname,
  /** What people build answers below it: a wildcard, `*.apps.example.com`. */
  apps: hostname.exactOptional(),
})

const Access = section({
  emails: names(z.email(), 'address').default([]),
  emailDomains: names(hostname, 'domain').default([]),
  sessionDuration: z.string().default('24h'),
}).check(
  rule<{ emails: string[]; emailDomains: string[] }>(({ emails, emailDomains }, report) => {
    if (emails.length + emailDomains.length === 0)
      report([], 'lets nobody in: name at least one of emails, emailDomains.')
  }),
)

const DnsRecord = section({
  name: z.string(),
  type: z.enum(['A', 'AAAA', 'CNAME', 'MX', 'TXT']),
  content: z.string(),
  proxied: z.boolean().default(false),
  /** In seconds; 1 leaves it to Cloudflare. */
  ttl: z.int().min(1).default(1),
  priority: z.int().exactOptional(),
}).check(
  rule<{ type: string; priority?: number }>(({ type, priority }, report) => {
    if (type === 'MX' && priority === undefined) report(['priority'], 'is missing; mail goes to the lowest first.')
  }),
)

/** The account's only Secrets Store; with its `id`, the one that exists is adopted. */
const SecretsStore = section({ name: z.string().default('default_secrets_store'), id: cloudflareId.exactOptional() })

/** What the Worker may do on the account, by the names that Cloudflare's dashboard shows. */
const WorkerToken = section({
  account: names(z.string(), 'permission').min(1, { error: 'names no permission; the Worker could do nothing.' }),
  zone: names(z.string(), 'permission').default([]),
})

type Cloudflare = {
  zone?: z.output<typeof Zone>
  domains?: z.output<typeof Domains>
  access?: unknown
  dns: unknown[]
  workerToken: z.output<typeof WorkerToken>
}

export const Cloudflare = section({
  accountId: cloudflareId,
  zone: Zone.exactOptional(),
  domains: Domains.exactOptional(),
  access: Access.exactOptional(),
  dns: unique(DnsRecord, 'record', ({ type, name, content }) => `${type} ${name} ${content}`).default([]),
  /** Beyond what `worker/wrangler.json` binds. */
  dispatchNamespaces: names(kebab, 'namespace').default([]),
  keyValueNamespaces: names(kebab, 'namespace').default([]),
  buckets: names(kebab, 'bucket').default([]),
  location: z.enum(['apac', 'eeur', 'enam', 'oc', 'weur', 'wnam']).exactOptional(),
  secretsStore: SecretsStore.prefault({}),
  workerToken: WorkerToken,
}).check(rule<Cloudflare>(judge))

type Report = (path: readonly string[], message: string) => void

function judge(cloudflare: Cloudflare, report: Report): void {
  const { zone, domains, access } = cloudflare
  if (zone) judgeDomains(zone.name, domains ?? {}, report)
  else judgeWithoutZone(cloudflare, report)
  if (access && !domains) report(['access'], 'guards a domain; add domains: { controlPlane }, or remove it.')
}

function judgeWithoutZone({ domains, dns, workerToken }: Cloudflare, report: Report): void {
  const add = 'add zone: { id, name } beside it, or remove'
  if (domains) report(['domains'], `needs a zone; ${add} the domains.`)
  if (dns.length > 0) report(['dns'], `needs a zone; ${add} the records.`)
  if (workerToken.zone.length > 0) report(['workerToken', 'zone'], `needs a zone; ${add} these permissions.`)
}

function judgeDomains(zone: string, domains: Partial<z.output<typeof Domains>>, report: Report): void {
  for (const [key, host] of Object.entries(domains)) {
    if (host !== zone && !host.endsWith(`.${zone}`)) report(['domains', key], `"${host}" is not in the zone ${zone}.`)
  }
  const { controlPlane, apps } = domains
  if (controlPlane?.startsWith('*.')) report(['domains', 'controlPlane'], `"${controlPlane}" must be a single host.`)
  if (apps?.startsWith('*.') === false)
    report(['domains', 'apps'], `"${apps}" must begin with "*.": each app has a host of its own.`)
}
