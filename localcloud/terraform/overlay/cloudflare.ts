import type { Block } from '../schema/schema.ts'
import type { Facts } from './facts.ts'
import { written } from './written.ts'

const places = ['wnam', 'enam', 'weur', 'eeur', 'apac', 'oc']

/**
 * What replaces, what is filled in and what is allowed. Source: `RequiresReplace`, `Default` and `OneOf` in
 * internal/services/<type>/schema.go of cloudflare/terraform-provider-cloudflare, in versions around 5.14, for d1_database,
 * r2_bucket, queue_consumer, dispatch namespaces, account_token, dns_record and workers_custom_domain. That an account or a
 * zone replaces is taken over from them for KV, queues and routes, unread.
 */
export const cloudflareFacts: { readonly [type: string]: Facts } = {
  cloudflare_d1_database: {
    replaces: ['account_id', 'name', 'jurisdiction', 'primary_location_hint'],
    // Later schemas say so; in 5.14 every imported database was to be changed.
    computes: ['read_replication'],
    allows: {
      jurisdiction: ['eu', 'fedramp'],
      primary_location_hint: places,
      'read_replication.mode': ['auto', 'disabled'],
    },
  },
  cloudflare_workers_kv_namespace: { replaces: ['account_id'] },
  cloudflare_r2_bucket: {
    replaces: ['account_id', 'name', 'jurisdiction', 'location'],
    defaults: { jurisdiction: 'default', storage_class: 'Standard' },
    allows: {
      location: places,
      jurisdiction: ['default', 'eu', 'fedramp'],
      storage_class: ['Standard', 'InfrequentAccess'],
    },
  },
  cloudflare_queue: { replaces: ['account_id'] },
  // `consumer_id` replaced too until 5.19.1, which made every plan a replacement (issue #5652 there): left out.
  cloudflare_queue_consumer: { replaces: ['account_id', 'queue_id'], allows: { type: ['worker', 'http_pull'] } },
  // The namespace's name is its identifier.
  cloudflare_workers_for_platforms_dispatch_namespace: { replaces: ['account_id', 'name'] },
  cloudflare_account_token: {
    replaces: ['account_id'],
    sensitive: ['value'],
    allows: { status: ['active', 'disabled', 'expired'], 'policies.effect': ['allow', 'deny'] },
  },
  cloudflare_dns_record: {
    replaces: ['zone_id'],
    defaults: { proxied: false },
    follows: { type: ['proxiable', 'meta'] },
  },
  cloudflare_workers_custom_domain: { replaces: ['account_id', 'hostname'], defaults: { environment: 'production' } },
  cloudflare_workers_route: { replaces: ['zone_id'] },
  // By the API: none of these can be changed.
  cloudflare_secrets_store: { replaces: ['account_id', 'name'] },
  cloudflare_secrets_store_secret: { replaces: ['account_id', 'store_id', 'name'], sensitive: ['value'] },
}

/**
 * Types that came with 5.20, after the package. Source: what docs/resources/secrets_store*.md say there of required attributes;
 * the computed ones bear the names of the API's answer, which the provider may call otherwise.
 */
export const cloudflareTypes: { readonly [type: string]: Block } = {
  cloudflare_secrets_store: written({
    id: '* string',
    account_id: '! string',
    name: '! string',
    created: '* string',
    modified: '* string',
  }),
  cloudflare_secrets_store_secret: written({
    id: '* string',
    account_id: '! string',
    store_id: '! string',
    name: '! string',
    value: '! string',
    scopes: '! list',
    comment: '? string',
    status: '* string',
    created: '* string',
    modified: '* string',
  }),
}
