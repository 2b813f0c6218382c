import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { badBody } from './errors.ts'
import { projectOf } from './queries.ts'
import { Files, Hashes } from './schema.ts'
import { proveUploadToken, uploadToken } from './token.ts'

/** Files come before the deployment that names them, each once, by the client's own hash. */
export function assetRoutes(api: Api, cloud: Cloud): void {
  const { store, now } = cloud
  const key = (): string => cloud.account().jwt_key
  api.get('/accounts/:account/pages/projects/:project/upload-token', (c) => {
    return ok({ jwt: uploadToken(projectOf(store, c.req.param('project')).name, key(), now()) })
  })
  api.post('/pages/assets/check-missing', async (c) => {
    proveUploadToken(c.req.header('authorization'), key(), now())
    const { hashes } = await readJson(c, Hashes, badBody)
    const there = 'select count(*) from asset_files where hash = ?'
    return ok(hashes.filter((hash) => store.count(there, hash) === 0))
  })
  api.post('/pages/assets/upload', async (c) => {
    proveUploadToken(c.req.header('authorization'), key(), now())
    const files = await readJson(c, Files, badBody)
    const rows = files.map(({ key: hash, value, base64, metadata }) => {
      const bytes = Buffer.from(value, base64 ? 'base64' : 'utf8')
      const type = metadata?.contentType ?? 'application/octet-stream'
      return { hash, type, blob: cloud.blobs.put(bytes), size: bytes.length }
    })
    const insert = 'insert or ignore into asset_files (hash, blob, type, size) values (:hash, :blob, :type, :size)'
    store.transaction(() => rows.forEach((row) => store.run(insert, row)))
    return ok(null)
  })
  api.post('/pages/assets/upsert-hashes', async (c) => {
    proveUploadToken(c.req.header('authorization'), key(), now())
    await readJson(c, Hashes, badBody)
    return ok(null)
  })
}
