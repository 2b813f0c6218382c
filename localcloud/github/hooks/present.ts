import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { isoTime } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { World } from '../world.ts'
import type { Delivery, Event, Hook } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function hookJson(shown: Shown, hook: Hook): Json {
  const url = hookUrl(shown, hook)
  const isRepository = hook.repository_id !== null
  return {
    type: isRepository ? 'Repository' : 'Organization',
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: hook.events,
    config: configJson(hook),
    updated_at: isoTime(hook.updated_at),
    created_at: isoTime(hook.created_at),
    url,
    ...(isRepository ? { test_url: `${url}/test` } : {}),
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    ...(isRepository
      ? { last_response: { code: hook.last_code, status: hook.last_status, message: hook.last_message } }
      : {}),
  }
}

/** The secret is never shown again. */
export function configJson({ url, content_type, secret, insecure_ssl }: Hook): Json {
  const hidden = secret === null ? {} : { secret: '********' }
  return { content_type, insecure_ssl: insecure_ssl ? '1' : '0', ...hidden, url }
}

export function deliveryJson(delivery: Delivery, event: Event): Json {
  return {
    id: delivery.id,
    guid: event.guid,
    delivered_at: new Date(delivery.delivered_at ?? 0).toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.status_code,
    event: event.name,
    action: event.action,
    installation_id: null,
    repository_id: event.repository_id,
    throttled_at: null,
  }
}

/** One delivery with all that went over the wire. */
export function fullDeliveryJson(delivery: Delivery, event: Event): Json {
  return {
    ...deliveryJson(delivery, event),
    url: delivery.url ?? '',
    request: { headers: delivery.request_headers, payload: JSON.parse(event.body) },
    response: { headers: delivery.response_headers, payload: delivery.response_body },
  }
}

function hookUrl({ store, site }: Shown, hook: Hook): string {
  const repository = hook.repository_id === null ? null : repositoryById(store, hook.repository_id)
  if (repository) return `${repositoryUrl(site, repository)}/hooks/${hook.id}`
  const organization = accountById(store, hook.organization_id ?? -1)
  return `${site.api}/orgs/${organization?.login ?? ''}/hooks/${hook.id}`
}
