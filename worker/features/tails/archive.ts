import { gunzipSync, gzipSync } from 'node:zlib'
import type { Batch } from './event-store.ts'
import { Kept } from './filter.ts'
import { insertBatch } from './queries.ts'
import type { Log, StoredBatch } from './queries.ts'

/**
 * Puts a batch of events away: first the object, then the row that names it. Both are the same each time, so that a
 * batch that is stored again is stored once.
 */
export async function storeBatch(env: Env, log: Log, batch: Batch): Promise<void> {
  const [first] = batch
  const last = batch.at(-1) ?? first
  const packed = gzipSync(batch.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const key = `logs/${log.account}/${log.script}/${numbered(first.seq)}-${numbered(last.seq)}.jsonl.gz`
  await env.RECORDS.put(key, packed)
  const row = {
    first_seq: first.seq,
    last_seq: last.seq,
    from_at: first.at,
    to_at: last.at,
    highest: Math.max(...batch.map(({ rank }) => rank)),
    bytes: packed.byteLength,
    r2_key: key,
  }
  await insertBatch(log, row).run(env.DEPLOYMENT_DB)
}

/** The events of a batch, oldest first; none when the object has gone, as it does when the batch is too old. */
export async function loadBatch(env: Env, { r2_key: key }: StoredBatch): Promise<Kept[]> {
  const object = await env.RECORDS.get(key)
  if (!object) return []
  const text = gunzipSync(await object.arrayBuffer()).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Kept.parse(JSON.parse(line)))
}

/** Numbers as texts that sort as they do. */
function numbered(seq: number): string {
  return String(seq).padStart(12, '0')
}
