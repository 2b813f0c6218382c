/**
 * Who may call an operation: holders of any one of these permission groups; `token` = whoever has a valid token;
 * `signed` = whoever holds what the route itself checks, such as the JWT of an upload session.
 */
export type Rule = readonly string[] | 'token' | 'signed'

const d1 = ['D1 Write']
const r2Read = ['Workers R2 Storage Read', 'Workers R2 Storage Write']
const r2Write = ['Workers R2 Storage Write']
const itemRead = [...r2Read, 'Workers R2 Storage Bucket Item Read', 'Workers R2 Storage Bucket Item Write']
const itemWrite = [...r2Write, 'Workers R2 Storage Bucket Item Write']
const scriptsRead = ['Workers Scripts Read', 'Workers Scripts Write']
const scriptsWrite = ['Workers Scripts Write']
const queuesRead = ['Queues Read', 'Queues Write', ...scriptsRead]

const bucket = '/accounts/{account_id}/r2/buckets/{}'
const script = '/accounts/{account_id}/workers/scripts/{}'
const dispatched = '/accounts/{account_id}/workers/dispatch/namespaces/{}/scripts/{}'
const service = '/accounts/{account_id}/workers/services/{}'

/**
 * Reviewed by hand: the core operations for which the specification names no group, and those that clients call though
 * the specification lacks them. It goes before the generated table. `{...}` takes the rest of a path, slashes included.
 */
export const overlay: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  '/accounts': { GET: 'token', POST: ['Account Settings Write'] },
  '/accounts/{account_id}/tokens/verify': { GET: 'token' },
  '/user/tokens/verify': { GET: 'token' },
  '/zones': { GET: 'token' },
  '/graphql': { POST: 'token' },

  '/accounts/{account_id}/d1/database/{}/export': { POST: d1 },
  '/accounts/{account_id}/d1/database/{}/import': { POST: d1 },
  '/accounts/{account_id}/d1/database/{}/time_travel/restore': { POST: d1 },

  [bucket]: { GET: r2Read, PATCH: r2Write },
  [`${bucket}/cors`]: { GET: r2Read, PUT: r2Write, DELETE: r2Write },
  [`${bucket}/domains/custom`]: { GET: r2Read, POST: r2Write },
  [`${bucket}/domains/custom/{}`]: { PUT: r2Write },
  [`${bucket}/domains/managed`]: { GET: r2Read, PUT: r2Write },
  [`${bucket}/jobs`]: { GET: r2Read },
  [`${bucket}/jobs/{}`]: { GET: r2Read },
  [`${bucket}/lifecycle`]: { GET: r2Read, PUT: r2Write },
  [`${bucket}/local-uploads`]: { GET: r2Read, PUT: r2Write },
  [`${bucket}/lock`]: { GET: r2Read, PUT: r2Write },
  [`${bucket}/sippy`]: { GET: r2Read, PUT: r2Write },
  [`${bucket}/objects`]: { GET: itemRead, DELETE: itemWrite },
  [`${bucket}/objects/{...}`]: { GET: itemRead, HEAD: itemRead, PUT: itemWrite, DELETE: itemWrite },
  '/accounts/{account_id}/r2/metrics': { GET: r2Read },
  '/accounts/{account_id}/r2/temp-access-credentials': { POST: r2Write },

  '/accounts/{account_id}/queues/{}/messages/pull': { POST: ['Queues Write', 'Workers Scripts Write'] },
  '/accounts/{account_id}/queues/{}/purge/status': { GET: queuesRead },

  '/accounts/{account_id}/workers/assets/upload': { POST: 'signed' },
  '/accounts/{account_id}/workers/subdomains/{}': { GET: scriptsRead },
  '/accounts/{account_id}/workers/tails/by-consumer/{}': { GET: scriptsRead },
  '/accounts/{account_id}/workers/domains/records': { GET: scriptsRead, PUT: scriptsWrite },
  '/accounts/{account_id}/workers/domains/records/{}': { GET: scriptsRead, DELETE: scriptsWrite },
  '/accounts/{account_id}/workers/workers/{}': { PATCH: scriptsWrite },
  '/accounts/{account_id}/workers/workers/{}/versions/{}': { DELETE: scriptsWrite },
  '/accounts/{account_id}/workers/workers/{}/versions/latest': { PATCH: scriptsWrite },
  [`${script}/secrets-bulk`]: { PATCH: scriptsWrite },
  [`${script}/secrets/{}`]: { GET: scriptsRead },
  [`${script}/references`]: { GET: scriptsRead },
  [`${script}/bindings`]: { GET: scriptsRead },
  [`${script}/routes`]: { GET: scriptsRead },
  [`${script}/domains/records`]: { GET: scriptsRead, PUT: scriptsWrite },
  [service]: { GET: scriptsRead, DELETE: scriptsWrite },
  [`${service}/environments/{}`]: { GET: scriptsRead, DELETE: scriptsWrite },
  [`${service}/environments/{}/bindings`]: { GET: scriptsRead },
  [`${service}/environments/{}/routes`]: { GET: scriptsRead },
  [`${service}/environments/{}/subdomain`]: { GET: scriptsRead, POST: scriptsWrite },
  [`${service}/environments/{}/settings`]: { PATCH: scriptsWrite },
  [`${dispatched}/assets-upload-session`]: { POST: scriptsWrite },
  [`${dispatched}/secrets-bulk`]: { PATCH: scriptsWrite },
  [`${dispatched}/script-settings`]: { GET: scriptsRead, PATCH: scriptsWrite },
  '/accounts/{account_id}/containers/applications': { GET: scriptsRead },
  '/accounts/{account_id}/containers/dash/applications': { GET: scriptsRead },

  '/pages/assets/check-missing': { POST: 'signed' },
  '/pages/assets/upload': { POST: 'signed' },
  '/pages/assets/upsert-hashes': { POST: 'signed' },
  '/accounts/{account_id}/pages/projects/{}/upload-token': { GET: ['Pages Read', 'Pages Write'] },
}
