import { createHash } from 'node:crypto'
import table from './groups.json' with { type: 'json' }

/** A permission group as `permission_groups` lists it. */
export type Group = { readonly id: string; readonly name: string; readonly scopes: readonly string[] }

/** Identifiers that Cloudflare has published; configurations carry them as they are. */
const published: Readonly<Record<string, string>> = {
  'Account Settings Read': 'c1fde68c7bcc44588cbb6ddbc16d6480',
  'Cache Purge': 'e17beae8b8cb423a99b1730f21238bed',
  'D1 Write': '09b2857d1c31407795e75e3fed8617a1',
  'Logs Write': '96163bd1b0784f62b3e44ed8c2ab1eb6',
  'Memberships Read': '3518d0f75557482e952c6762d3e64903',
  'Page Rules Write': 'ed07f6c337da4195b4e72a1fb2c6bcae',
  'Pages Write': '8d28297797f24fb8a0c332fe0866ec89',
  'Pipelines Write': 'e34111af393449539859485aa5ddd5bd',
  'User Details Read': '8acbe5bb0d54464ab867149d7f7cf8ac',
  'Workers AI Write': 'bacc64e0f6c34fc0883a1223f938a104',
  'Workers KV Storage Write': 'f7f0eda5697f475c90846e879bab8666',
  'Workers R2 Storage Bucket Item Read': '6a018a9f2fc74eb6b293b0c548f38b39',
  'Workers R2 Storage Bucket Item Write': '2efd5506f9c8494dacb1fa10a3e7d5b6',
  'Workers R2 Storage Write': 'bf7481a1826f439697cb59a20b22293e',
  'Workers Routes Write': '28f4b596e7d643029c524985477ae49a',
  'Workers Scripts Read': '1a71c399035b4950a1bd1466bbe4f420',
  'Workers Scripts Write': 'e086da7e2179491d91ee5f35b3ca210a',
  'Workers Tail Read': '05880cd1bdc24d8bae0be2136972816b',
  'Zone Read': 'c8fed203ed3043cba015a93ad1616f1f',
  'Zone Write': 'e6d2666161e84845a636613608cee8d5',
}

const scopes = {
  account: 'com.cloudflare.api.account',
  user: 'com.cloudflare.api.user',
  zone: 'com.cloudflare.api.account.zone',
  bucket: 'com.cloudflare.edge.r2.bucket',
}

/** Not in the specification, but in its prose: groups of single buckets. */
const bucketGroups = ['Workers R2 Storage Bucket Item Read', 'Workers R2 Storage Bucket Item Write']

/** Every permission group that a policy may name. Clients look the identifiers up by name. */
export const groups: readonly Group[] = [
  ...table.groups.account.map((name) => groupOf(name, scopes.account)),
  ...table.groups.user.map((name) => groupOf(name, scopes.user)),
  ...table.groups.zone.map((name) => groupOf(name, scopes.zone)),
  ...bucketGroups.map((name) => groupOf(name, scopes.bucket)),
]

const byId = new Map(groups.map((group) => [group.id, group]))

export function groupWith(id: string): Group | undefined {
  return byId.get(id)
}

function groupOf(name: string, scope: string): Group {
  return { id: published[name] ?? createHash('md5').update(name).digest('hex'), name, scopes: [scope] }
}
