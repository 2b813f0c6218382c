import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { allBuckets } from './queries.ts'
import { usageOf } from './usage.ts'

/** What all buckets together hold, by storage class. */
export function metricsRoutes(api: Api, cloud: Cloud): void {
  api.get('/accounts/:account/r2/metrics', async () => {
    const nothing = { objects: 0, payloadSize: 0, metadataSize: 0 }
    const sums = { Standard: { ...nothing }, InfrequentAccess: { ...nothing } }
    for (const { name, details } of allBuckets(cloud.store)) {
      const usage = await usageOf(cloud, name)
      const sum = sums[details.storage_class]
      sum.objects += usage.objectCount
      sum.payloadSize += usage.payloadSize
      sum.metadataSize += usage.metadataSize
    }
    const shown = (sum: typeof nothing) => ({ published: sum, uploaded: nothing })
    return ok({ standard: shown(sums.Standard), infrequentAccess: shown(sums.InfrequentAccess) })
  })
}
