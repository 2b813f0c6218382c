import type { Rule } from './overlay.ts'

const kv = ['Workers KV Storage Write']
const kvRead = ['Workers KV Storage Read', ...kv]
const namespace = '/accounts/{account_id}/storage/kv/namespaces/{}'

/** The same as `overlay`, for the products that keep data. Keys of KV may come with their slashes as they are. */
export const dataOverlay: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  [`${namespace}/values/{...}`]: { GET: kvRead, PUT: kv, DELETE: kv },
  [`${namespace}/metadata/{...}`]: { GET: kvRead },

  '/d1/files/{}': { GET: 'signed', PUT: 'signed' },
}
