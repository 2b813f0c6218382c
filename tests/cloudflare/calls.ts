import type { Cloudflare } from 'cloudflare'
import { toFile } from 'cloudflare'
import { eventually } from '../../localcloud/cloudflare/testing.ts'

/** The account that every path begins with. */
type At = { readonly account_id: string }

const code = `import { WorkflowEntrypoint } from 'cloudflare:workers'
export class Flow extends WorkflowEntrypoint {
  async run(event, step) {
    await step.do('first', async () => 1)
    await step.waitForEvent('word', { type: 'word' })
  }
}
export class Room { fetch() {} }
export default { fetch: () => new Response('typed'), queue() {}, tail() {} }`
const main = () => toFile(Buffer.from(code), 'index.js', { type: 'application/javascript+module' })
const metadata = { main_module: 'index.js', compatibility_date: '2026-07-01' }
const migrations = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] }

async function identity({ accounts, user, memberships }: Cloudflare, at: At): Promise<void> {
  await accounts.list()
  await accounts.get(at)
  await user.get()
  await memberships.list()
  const [group] = (await user.tokens.permissionGroups.list()).result
  await accounts.tokens.permissionGroups.list(at)
  const resources = { [`com.cloudflare.api.account.${at.account_id}`]: '*' }
  const body = {
    name: 'typed',
    policies: [{ effect: 'allow' as const, resources, permission_groups: [{ id: group?.id ?? '' }] }],
    condition: { request_ip: { in: ['127.0.0.0/8'], not_in: ['10.0.0.1'] } },
  }
  const { id = '' } = await accounts.tokens.create({ ...at, ...body })
  await accounts.tokens.list(at)
  await accounts.tokens.get(id, at)
  await accounts.tokens.update(id, { ...at, ...body })
  await accounts.tokens.value.update(id, { ...at, body: {} })
  await accounts.tokens.delete(id, at)
  const { id: own = '' } = await user.tokens.create(body)
  await user.tokens.verify()
  await user.tokens.list()
  await user.tokens.get(own)
  await user.tokens.update(own, body)
  await user.tokens.delete(own)
}

async function databases({ d1 }: Cloudflare, at: At): Promise<void> {
  const { uuid = '' } = await d1.database.create({ ...at, name: 'typed' })
  await d1.database.list(at)
  await d1.database.get(uuid, at)
  await d1.database.query(uuid, { ...at, sql: 'create table t (a)' })
  await d1.database.raw(uuid, { ...at, sql: 'select 1' })
  await d1.database.edit(uuid, { ...at, read_replication: { mode: 'auto' } })
  await d1.database.update(uuid, { ...at, read_replication: { mode: 'disabled' } })
  await d1.database.export(uuid, { ...at, output_format: 'polling' })
  await d1.database.import(uuid, { ...at, action: 'init', etag: 'f'.repeat(32) })
  const { bookmark } = await d1.database.timeTravel.getBookmark(uuid, at)
  const wanted = { ...at, bookmark: bookmark ?? '' }
  await d1.database.timeTravel.restore(uuid, wanted)
  await d1.database.delete(uuid, at)
}

async function namespaces({ kv }: Cloudflare, at: At): Promise<void> {
  const { id } = await kv.namespaces.create({ ...at, title: 'typed' })
  await kv.namespaces.list(at)
  await kv.namespaces.get(id, at)
  await kv.namespaces.update(id, { ...at, title: 'renamed' })
  const value = { ...at, value: 'v', metadata: '{"a":1}', expiration_ttl: 600 }
  await kv.namespaces.values.update(id, 'key', value)
  await kv.namespaces.keys.list(id, at)
  await kv.namespaces.metadata.get(id, 'key', at)
  await kv.namespaces.bulkGet(id, { ...at, keys: ['key'] })
  const pairs = { ...at, body: [{ key: 'b', value: 'v' }] }
  await kv.namespaces.bulkUpdate(id, pairs)
  await kv.namespaces.bulkDelete(id, { ...at, body: ['b'] })
  await kv.namespaces.values.delete(id, 'key', at)
  await kv.namespaces.delete(id, at)
}

async function buckets({ r2 }: Cloudflare, at: At): Promise<void> {
  await r2.buckets.create({ ...at, name: 'typed' })
  await r2.buckets.list(at)
  await r2.buckets.get('typed', at)
  await r2.buckets.edit('typed', { ...at, storage_class: 'InfrequentAccess' })
  await r2.buckets.objects.upload('typed', 'a', 'text', at)
  await r2.buckets.objects.list('typed', at)
  await r2.buckets.objects.delete('typed', 'a', at)
  await r2.buckets.lifecycle.get('typed', at)
  await r2.buckets.locks.get('typed', at)
  await r2.buckets.sippy.get('typed', at)
  await r2.buckets.domains.managed.list('typed', at)
  await r2.buckets.metrics.list(at)
  const rules = [{ allowed: { methods: ['GET' as const], origins: ['https://example.com'] } }]
  await r2.buckets.cors.update('typed', { ...at, rules })
  await r2.buckets.cors.get('typed', at)
}

async function queuesOf({ queues }: Cloudflare, at: At): Promise<void> {
  const { queue_id: id = '' } = await queues.create({ ...at, queue_name: 'typed' })
  const pull = { ...at, type: 'http_pull' as const }
  const { consumer_id: consumer = '' } = await queues.consumers.create(id, pull)
  await queues.consumers.list(id, at)
  await queues.consumers.get(id, consumer, at)
  await queues.messages.push(id, { ...at, body: 'x', content_type: 'text' })
  await queues.list(at)
  await queues.get(id, at)
  await queues.edit(id, { ...at, settings: { delivery_delay: 1 } })
  await queues.getMetrics(id, at)
  const pulled = await queues.messages.pull(id, at)
  const acks = (pulled.messages ?? []).map(({ lease_id = '' }) => ({ lease_id }))
  await queues.messages.ack(id, { ...at, acks })
  await queues.purge.start(id, { ...at, delete_messages_permanently: true })
  await queues.purge.status(id, at)
  await queues.consumers.delete(id, consumer, at)
}

async function notifications({ r2, queues }: Cloudflare, at: At): Promise<void> {
  const { queue_id: id = '' } = await queues.create({ ...at, queue_name: 'notified' })
  const notified = { ...at, rules: [{ actions: ['PutObject' as const] }] }
  await r2.buckets.eventNotifications.update('typed', id, notified)
  await r2.buckets.eventNotifications.list('typed', at)
  await r2.buckets.eventNotifications.get('typed', id, at)
  await r2.buckets.eventNotifications.delete('typed', id, at)
  await queues.delete(id, at)
  await r2.buckets.delete('typed', at)
}

async function scripts({ workers }: Cloudflare, at: At): Promise<void> {
  const files = [await main()]
  await workers.scripts.update('typed', { ...at, metadata: { ...metadata, migrations }, files })
  await workers.scripts.list(at)
  const schedules = { ...at, body: [{ cron: '*/5 * * * *' }] }
  await workers.scripts.schedules.update('typed', schedules)
  await workers.scripts.schedules.get('typed', at)
  await workers.scripts.settings.get('typed', at)
  await workers.scripts.settings.edit('typed', { ...at, logpush: false })
  await workers.scripts.scriptAndVersionSettings.get('typed', at)
  const secret = { ...at, name: 'KEY', text: 'x', type: 'secret_text' as const }
  await workers.scripts.secrets.update('typed', secret)
  await workers.scripts.secrets.list('typed', at)
  await workers.scripts.secrets.get('typed', 'KEY', at)
  await workers.scripts.subdomain.create('typed', { ...at, enabled: true })
  await workers.scripts.subdomain.get('typed', at)
}

async function versionsOf({ workers, durableObjects }: Cloudflare, at: At): Promise<void> {
  const version = { ...at, metadata, files: [await main()] }
  const { id = '' } = await workers.scripts.versions.create('typed', version)
  await workers.scripts.versions.list('typed', at)
  await workers.scripts.versions.get('typed', id, at)
  const versions = [{ version_id: id, percentage: 100 }]
  const deployed = { ...at, strategy: 'percentage' as const, versions, force: true }
  const { id: deployment } = await workers.scripts.deployments.create('typed', deployed)
  await workers.scripts.deployments.list('typed', at)
  await workers.scripts.deployments.get('typed', deployment, at)
  const tail = await workers.scripts.tail.create('typed', { ...at, body: {} })
  await workers.scripts.tail.get('typed', at)
  await workers.scripts.tail.delete('typed', tail.id, at)
  await workers.scripts.search({ ...at, name: 'typed' })
  await workers.subdomains.get(at)
  await workers.accountSettings.get(at)
  await durableObjects.namespaces.list(at)
  await workers.beta.workers.list(at)
  await workers.beta.workers.get('typed', at)
  await workers.beta.workers.versions.list('typed', at)
}

async function workflowsOf({ workflows }: Cloudflare, at: At): Promise<void> {
  const flow = { ...at, script_name: 'typed', class_name: 'Flow' }
  await workflows.update('flow', flow)
  await workflows.list(at)
  await workflows.get('flow', at)
  const [first] = (await workflows.versions.list('flow', at)).result
  await workflows.versions.get('flow', first?.id ?? '', at)
  const instance = { ...at, instance_id: 'one' }
  await workflows.instances.create('flow', instance)
  await eventually(
    () => workflows.instances.get('flow', 'one', at),
    ({ steps }) => steps.length === 2,
  )
  await workflows.instances.list('flow', at)
  await workflows.instances.status.edit('flow', 'one', { ...at, status: 'terminate' })
  await workflows.delete('flow', at)
}

async function zonesOf({ workers, zones, dns }: Cloudflare, at: At): Promise<void> {
  const zone = await zones.create({ account: { id: at.account_id }, name: 'example.com' })
  const zone_id = zone.id
  await zones.list()
  await zones.get({ zone_id })
  const record = { zone_id, type: 'A' as const, name: 'www', content: '192.0.2.1', ttl: 1 as const }
  const { id: recorded } = await dns.records.create(record)
  await dns.records.list({ zone_id })
  await dns.records.delete(recorded, { zone_id })
  await workers.routes.create({ zone_id, pattern: 'example.com/a/*', script: 'typed' })
  await workers.routes.list({ zone_id })
  const domain = { ...at, hostname: 'app.example.com', service: 'typed', zone_id, environment: 'production' }
  await workers.domains.update(domain)
  await workers.domains.list(at)
  await workers.scripts.delete('typed', { ...at, force: true })
}

async function secrets({ secretsStore }: Cloudflare, at: At): Promise<void> {
  const { id: store } = await secretsStore.stores.create({ ...at, name: 'typed' })
  await secretsStore.stores.list(at)
  const body = [{ name: 'KEY', value: 'x', scopes: ['workers' as const] }]
  const [secret] = (await secretsStore.stores.secrets.create(store, { ...at, body })).result
  await secretsStore.stores.secrets.list(store, at)
  await secretsStore.stores.secrets.get(store, secret?.id ?? '', at)
  await secretsStore.quota.get(at)
}

async function pagesOf({ pages }: Cloudflare, at: At): Promise<void> {
  await pages.projects.create({ ...at, name: 'typed', production_branch: 'main' })
  await pages.projects.list(at)
  const deploy = { ...at, manifest: '{}', branch: 'main' }
  const { id: deployment } = await pages.projects.deployments.create('typed', deploy)
  await pages.projects.deployments.list('typed', at)
  await pages.projects.deployments.get('typed', deployment, at)
  await pages.projects.get('typed', at)
  await pages.projects.domains.create('typed', { ...at, name: 'p.example.com' })
  await pages.projects.domains.list('typed', at)
}

async function dispatching({ workersForPlatforms }: Cloudflare, at: At): Promise<void> {
  const dispatch = workersForPlatforms.dispatch.namespaces
  await dispatch.create({ ...at, name: 'typed' })
  await dispatch.list(at)
  await dispatch.get('typed', at)
  const files = [await main()]
  await dispatch.scripts.update('typed', 'tenant', { ...at, metadata, files })
  await dispatch.scripts.get('typed', 'tenant', at)
  await dispatch.scripts.settings.get('typed', 'tenant', at)
}

async function audit({ accounts }: Cloudflare, at: At): Promise<void> {
  const day = 86_400_000
  const [since, before] = [-day, day].map((shift) => new Date(Date.now() + shift).toISOString().slice(0, 10))
  await accounts.logs.audit.list({ ...at, since: since ?? '', before: before ?? '' })
}

/** Each calls the SDK's methods of one area, with something to give back; later ones use what earlier ones made. */
export const areas = [
  [identity, databases, namespaces, buckets, queuesOf, notifications, scripts, versionsOf, workflowsOf],
  [zonesOf, secrets, pagesOf, dispatching, audit],
].flat()
