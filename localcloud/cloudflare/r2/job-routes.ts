import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { badPrefix, hasNotifications, noJob, tooManyJobs } from './errors.ts'
import * as queries from './queries.ts'
import type { Bucket } from './schema.ts'

const base = '/accounts/:account/r2/buckets/:bucket/jobs'
const runningAtOnce = 5
const pageSize = 200

/** Deletions by prefix go on after their call has been answered, unless they end with the first page. */
export function jobRoutes(api: Api, { store }: Cloud): void {
  api.get(base, (c) => {
    const { name } = queries.bucketOf(store, c)
    return ok({ jobs: queries.jobsOf(store, name, c.req.query('status') ?? null).map(shown) })
  })
  api.get(`${base}/:job`, (c) => {
    const job = queries.jobOf(store, queries.bucketOf(store, c).name, c.req.param('job'))
    if (!job) throw noJob()
    return ok(shown(job))
  })
}

/** Begins to delete what has a prefix; an empty one means everything. */
export async function startJob(cloud: Cloud, { name }: Bucket, prefix: string): Promise<object> {
  const { store } = cloud
  if (prefix !== '' && !prefix.endsWith('/')) throw badPrefix()
  if (prefix === '' && queries.hasRules(store, name)) throw hasNotifications(name, cloud.account().id, 'emptying')
  if (queries.countRunning(store, name) >= runningAtOnce) throw tooManyJobs()
  const id = queries.addJob(store, name, prefix, cloud.now())
  const isDone = await deletePage(cloud, name, prefix, id)
  if (isDone) queries.endJob(store, id, 'COMPLETED', cloud.now())
  else void deleteRest(cloud, name, prefix, id)
  const job = queries.jobOf(store, name, id)
  if (!job) throw noJob()
  return shown(job)
}

async function deleteRest(cloud: Cloud, name: string, prefix: string, id: string): Promise<void> {
  try {
    while (!(await deletePage(cloud, name, prefix, id)));
    queries.endJob(cloud.store, id, 'COMPLETED', cloud.now())
  } catch (error) {
    console.error('A deletion of many objects failed:', error)
    queries.endJob(cloud.store, id, 'FAILED', cloud.now())
  }
}

/** Deletes some objects; true when none is left. */
async function deletePage(cloud: Cloud, name: string, prefix: string, id: string): Promise<boolean> {
  const { objects, truncated } = await cloud.runtime.storage.objects(name, { prefix, limit: pageSize })
  const keys = objects.map(({ key }) => key)
  if (keys.length > 0) await cloud.runtime.bucket(name, (storage) => storage.delete(keys))
  queries.countDeleted(cloud.store, id, keys.length)
  return !truncated
}

function shown({ id, prefix, deleted, status, started_at: start, ended_at: end }: queries.Job): object {
  return {
    id,
    jobType: 'prefixDelete',
    status,
    prefixDelete: { prefix, deletedObjects: deleted, isBucketClear: prefix === '' },
    startTime: new Date(start).toISOString(),
    ...(end === null ? {} : { endTime: new Date(end).toISOString() }),
  }
}
