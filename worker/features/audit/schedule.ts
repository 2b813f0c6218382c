import type { Moment } from '../../platform/clock.ts'
import { beginning, largestSeal, linkOf } from './chain.ts'
import type { Place, Seal } from './chain.ts'
import { hasHead, newestHead, putHead } from './heads.ts'
import { addSeal, newestSeal, rowsFrom, sealsAfter } from './sealed.ts'

/** Seals and heads per minute. */
const most = { seals: 10, heads: 100 }

/**
 * Seals what was written since the last seal, and puts the heads into R2 that are not there: also those of seals whose
 * sealer ended in between. D1 decides which of two sealers made a seal, so R2 never gets the head of another.
 */
export async function sealAudit(env: Env, at: Moment): Promise<void> {
  for (let sealed = 0; sealed < most.seals; sealed += 1) {
    const seal = await nextSeal(env.DEPLOYMENT_DB, at)
    if (seal === null || !(await addSeal(env.DEPLOYMENT_DB, seal))) break
  }
  await putMissingHeads(env)
}

async function nextSeal(db: D1Database, sealedAt: Moment): Promise<Seal | null> {
  const place: Place = (await newestSeal(db)) ?? beginning
  const hashes: string[] = []
  let first = 0
  for await (const row of rowsFrom(db, place.last_id + 1)) {
    first ||= row.id
    // A row that is missing ends the seal: its place in the chain must tell its id.
    if (row.id !== first + hashes.length || hashes.length === largestSeal) break
    hashes.push(linkOf(hashes.at(-1) ?? place.hash, row))
  }
  const hash = hashes.at(-1)
  if (hash === undefined) return null
  return {
    number: place.number + 1,
    first_id: first,
    last_id: first + hashes.length - 1,
    rows: hashes.length,
    previous: place.hash,
    hash,
    sealed_at: sealedAt,
    row_hashes: hashes.join(''),
  }
}

/** In their order, so that a head is missing only behind the newest; a hole before it was made by somebody else and stays. */
async function putMissingHeads({ DEPLOYMENT_DB: db, RECORDS: bucket }: Env): Promise<void> {
  const newest = await newestSeal(db)
  if (newest === null || (await hasHead(bucket, newest.number))) return
  let put = 0
  for await (const seal of sealsAfter(db, await newestHead(bucket, newest.number))) {
    await putHead(bucket, seal)
    put += 1
    if (put === most.heads) return
  }
}
