import type { Effect } from '../effect.ts'
import { rest } from '../rest.ts'

/** Queues, dispatch namespaces, and where Workers are reached. */
export const workersEffects: { readonly [type: string]: Effect } = {
  cloudflare_queue: rest({
    collection: '/accounts/{account_id}/queues',
    item: '/accounts/{account_id}/queues/{id}',
    sends: ['queue_name', 'settings'],
    changes: { method: 'PUT', sends: ['queue_name', 'settings'] },
    imports: '{account_id}/{id}',
    shows: (said) => ({ ...said, id: said['queue_id'] }),
  }),
  cloudflare_queue_consumer: rest({
    collection: '/accounts/{account_id}/queues/{queue_id}/consumers',
    item: '/accounts/{account_id}/queues/{queue_id}/consumers/{consumer_id}',
    sends: ['type', 'script_name', 'dead_letter_queue', 'settings'],
    changes: { method: 'PUT', sends: ['type', 'script_name', 'dead_letter_queue', 'settings'] },
    imports: '{account_id}/{queue_id}/{consumer_id}',
    // One that was taken away is not told of.
    shows: (said) => ({ dead_letter_queue: null, ...said }),
  }),
  cloudflare_workers_for_platforms_dispatch_namespace: rest({
    collection: '/accounts/{account_id}/workers/dispatch/namespaces',
    item: '/accounts/{account_id}/workers/dispatch/namespaces/{name}',
    sends: ['name'],
    imports: '{account_id}/{name}',
    shows: (said) => ({ ...said, id: said['namespace_name'], name: said['namespace_name'] }),
  }),
  cloudflare_workers_custom_domain: rest({
    collection: '/accounts/{account_id}/workers/domains',
    item: '/accounts/{account_id}/workers/domains/{id}',
    make: { method: 'PUT', path: '/accounts/{account_id}/workers/domains' },
    sends: ['hostname', 'service', 'environment', 'zone_id'],
    changes: {
      method: 'PUT',
      path: '/accounts/{account_id}/workers/domains',
      sends: ['hostname', 'service', 'environment', 'zone_id'],
    },
    imports: '{account_id}/{id}',
  }),
  cloudflare_workers_route: rest({
    collection: '/zones/{zone_id}/workers/routes',
    item: '/zones/{zone_id}/workers/routes/{id}',
    sends: ['pattern', 'script'],
    changes: { method: 'PUT', sends: ['pattern', 'script'] },
    imports: '{zone_id}/{id}',
    shows: (said) => ({ script: null, ...said }),
  }),
}
