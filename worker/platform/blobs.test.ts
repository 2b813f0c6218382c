import { gunzipSync } from 'node:zlib'
import { startWorker } from '../testing.ts'
import { loadBody, storeBody, StoredBody } from './blobs.ts'

const worker = startWorker()

async function store(text: string) {
  const [db, records] = await Promise.all([worker.db(), worker.server().getR2Bucket('RECORDS')])
  const env = { DEPLOYMENT_DB: db, RECORDS: records } as unknown as Parameters<typeof storeBody>[0]
  const { body, r2_key: key } = await storeBody(env, 'runs/x/logs/1', text)
  await db.batch([
    db.prepare(`insert into deployments (id, deployment_id, day, number, run_key, operation, status, started_at, updated_at)
      values (1, 'd', 'day', 1, 'k', 'apply', 'success', 1, 1)`),
    db
      .prepare(`insert into deployment_logs (deployment_id, batch, sha256, recorded_at, body, r2_key)
        values (1, 'b', 's', 1, ?, ?)`)
      .bind(body, key),
  ])
  const row = await db.prepare('select body, r2_key, typeof(body) as kind from deployment_logs').first()
  return { env, records, row, stored: StoredBody.parse(row) }
}

test('a small body is a blob of its row, byte by byte', async () => {
  const text = `${'Zeile ä 🎉\n'.repeat(500)}\u0000end`
  const { env, row, stored } = await store(text)
  expect(row).toMatchObject({ kind: 'blob', r2_key: null })
  expect(await loadBody(env, stored)).toBe(text)
})

test('a large body is an object of the bucket, gzipped, and its row names it', async () => {
  let seed = 1
  const noise = () => String((seed = (seed * 48_271) % 2_147_483_647))
  const text = Array.from({ length: 30_000 }, noise).join(' ')
  const { env, row, records, stored } = await store(text)
  expect(row).toMatchObject({ kind: 'null', r2_key: 'runs/x/logs/1' })
  const object = await records.get('runs/x/logs/1')
  expect(gunzipSync(await (object as { arrayBuffer(): Promise<ArrayBuffer> }).arrayBuffer()).toString()).toBe(text)
  expect(await loadBody(env, stored)).toBe(text)
  await records.delete('runs/x/logs/1')
  expect(await loadBody(env, stored)).toBeNull()
})
