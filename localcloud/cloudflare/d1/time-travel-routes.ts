import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { invalid } from './errors.ts'
import { databaseOf } from './queries.ts'
import { bookmarkAt, bookmarkNow, restore } from './time-travel.ts'

const base = '/accounts/:account/d1/database/:id/time_travel'

export function timeTravelRoutes(api: Api, cloud: Cloud): void {
  api.get(`${base}/bookmark`, async (c) => {
    const database = databaseOf(cloud.store, c.req.param('id'))
    const { timestamp } = c.req.query()
    const bookmark = timestamp
      ? await bookmarkAt(cloud, database, moment(timestamp))
      : await bookmarkNow(cloud, database)
    return ok({ bookmark })
  })
  api.post(`${base}/restore`, async (c) => {
    const database = databaseOf(cloud.store, c.req.param('id'))
    const { bookmark, timestamp } = c.req.query()
    if (!bookmark && !timestamp) throw invalid('bookmark: Required')
    const wanted = bookmark ?? (await bookmarkAt(cloud, database, moment(timestamp ?? '')))
    return ok(await restore(cloud, database, wanted))
  })
}

function moment(text: string): number {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw invalid('timestamp: Invalid datetime')
  return at
}
