import type { Rule } from './overlay.ts'

const kv = ['Workers KV Storage Write']
const kvRead = ['Workers KV Storage Read', ...kv]
const r2Read = ['Workers R2 Storage Read', 'Workers R2 Storage Write']
const itemRead = [...r2Read, 'Workers R2 Storage Bucket Item Read', 'Workers R2 Storage Bucket Item Write']
const itemWrite = ['Workers R2 Storage Write', 'Workers R2 Storage Bucket Item Write']
const scriptsWrite = ['Workers Scripts Write']
const routesWrite = ['Workers Routes Write', ...scriptsWrite]
const routesRead = ['Workers Routes Read', 'Workers Scripts Read', ...routesWrite]
const namespace = '/accounts/{account_id}/storage/kv/namespaces/{}'

/** The same as `overlay`, for the products that keep data. Keys of KV may come with their slashes as they are. */
export const dataOverlay: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  [`${namespace}/values/{...}`]: { GET: kvRead, PUT: kv, DELETE: kv },
  [`${namespace}/metadata/{...}`]: { GET: kvRead },

  // A key of one name; longer ones are in the other overlay.
  '/accounts/{account_id}/r2/buckets/{}/objects/{}': { GET: itemRead, PUT: itemWrite, DELETE: itemWrite },

  '/accounts/{account_id}/workers/scripts/{}/routes': { GET: routesRead, PUT: routesWrite },
  '/accounts/{account_id}/workers/scripts/{}/domains/changeset': { POST: scriptsWrite },

  '/d1/files/{}': { GET: 'signed', PUT: 'signed' },
}
