import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { Listed, badToken, claimsIn, missingOf, sign } from './assets.ts'
import { problems } from './errors.ts'

const largestFile = 25 * 1024 * 1024
const mostFiles = 20_000
/** How many files a client sends at once. */
const bucketSize = 50

const Session = z.object({ manifest: Listed })

/** Static files come in a session: a list of hashes, then what is not there yet, then a token for the script. */
export function assetRoutes(api: Api, cloud: Cloud): void {
  sessionRoute(api, cloud, '/accounts/:account/workers/scripts/:script')
  api.post('/accounts/:account/workers/assets/upload', (c) => uploaded(c, cloud))
}

/** A session may be opened before the script exists. */
export function sessionRoute(api: Api, cloud: Cloud, base: string): void {
  api.post(`${base}/assets-upload-session`, async (c) => {
    const { manifest } = await readJson(c, Session, problems.badBody)
    proveLimits(manifest)
    const missing = missingOf(cloud.store, manifest)
    const buckets = Array.from({ length: Math.ceil(missing.length / bucketSize) }, (_, index) =>
      missing.slice(index * bucketSize, (index + 1) * bucketSize),
    )
    const claims = { manifest: cloud.blobs.put(Buffer.from(JSON.stringify(manifest))), done: missing.length === 0 }
    return ok({ jwt: sign(claims, cloud.account().jwt_key, cloud.now()), buckets })
  })
}

function proveLimits(manifest: Listed): void {
  const entries = Object.entries(manifest)
  if (entries.length > mostFiles) throw tooMuch(`the manifest has more than ${mostFiles} files`)
  const large = entries.find(([, { size }]) => size > largestFile)
  if (large) throw tooMuch(`${large[0]} is larger than 25 MiB`)
}

function tooMuch(message: string): ApiError {
  return new ApiError(413, { code: 100_304, message })
}

/** Files of a session, each as a part that is named by its hash. The last ones earn the token for the script. */
async function uploaded(c: Context, cloud: Cloud): Promise<Response> {
  const key = cloud.account().jwt_key
  const token = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined) throw badToken()
  const { manifest } = claimsIn(token, key, cloud.now())
  const listed = Listed.parse(JSON.parse(cloud.blobs.get(manifest).toString('utf8')))
  const isBase64 = c.req.query('base64') === 'true'
  const files = await filesIn(await c.req.formData(), listed, isBase64)
  const rows = files.map(({ hash, type, bytes }) => ({ hash, type, blob: cloud.blobs.put(bytes), size: bytes.length }))
  cloud.store.transaction(() => {
    const insert = 'insert or ignore into asset_files (hash, blob, type, size) values (:hash, :blob, :type, :size)'
    for (const row of rows) cloud.store.run(insert, row)
  })
  const isDone = missingOf(cloud.store, listed).length === 0
  const jwt = isDone ? sign({ manifest, done: true }, key, cloud.now()) : null
  return ok(jwt === null ? {} : { jwt }, { status: isDone ? 201 : 202 })
}

type Sent = { readonly hash: string; readonly type: string; readonly bytes: Uint8Array }

async function filesIn(form: FormData, listed: Listed, isBase64: boolean): Promise<Sent[]> {
  const known = new Set(Object.values(listed).map(({ hash }) => hash))
  const files: Sent[] = []
  for (const [hash, value] of form.entries()) {
    if (!known.has(hash)) throw problems.badBody(`${hash} is not in the manifest`)
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer())
    const type = typeof value === 'string' || value.type === '' ? 'application/null' : value.type
    files.push({ hash, type, bytes: isBase64 ? Buffer.from(bytes.toString('utf8'), 'base64') : bytes })
  }
  return files
}
