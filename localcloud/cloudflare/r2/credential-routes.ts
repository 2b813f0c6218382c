import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import * as refusals from './errors.ts'
import { bucketCalled } from './queries.ts'

const Wanted = z.object({
  bucket: z.string(),
  parentAccessKeyId: z.string(),
  permission: z.enum(['admin-read-write', 'admin-read-only', 'object-read-write', 'object-read-only']),
  ttlSeconds: z.number().positive().max(604_800),
  objects: z.array(z.string()).optional(),
  prefixes: z.array(z.string()).optional(),
})

/** Credentials of S3 for a while. They have the right form and open nothing: there is no S3 here. */
export function credentialRoutes(api: Api, { store }: Cloud): void {
  api.post('/accounts/:account/r2/temp-access-credentials', async (c) => {
    const wanted = await readJson(c, Wanted, refusals.badJson)
    if (!bucketCalled(store, wanted.bucket)) throw refusals.noBucket()
    // The access key is the id of the API token that made it.
    if (store.count('select count(*) from tokens where id = ?', wanted.parentAccessKeyId) === 0) {
      throw refusals.badAccessKey()
    }
    return ok({
      accessKeyId: randomBytes(16).toString('hex'),
      secretAccessKey: randomBytes(32).toString('hex'),
      sessionToken: randomBytes(48).toString('base64url'),
    })
  })
}
