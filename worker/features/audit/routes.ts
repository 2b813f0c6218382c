import { createRoute, z } from '@hono/zod-openapi'
import { api, json, refusals } from '../../platform/api.ts'
import { iso, now } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import { cursorAt, openPage, paging, places } from '../../platform/pages.ts'
import { Problem } from '../../platform/problem.ts'
import { needs } from '../access/authentication.ts'
import { listActs } from './queries.ts'
import { Act, ActQuery, Verification } from './schema.ts'
import type { Break, Reason } from './schema.ts'
import { newestSeal } from './sealed.ts'
import { placeAfter, verify } from './verification.ts'
import type { Broken } from './verification.ts'

const guarded = { tags: ['audit'], middleware: needs('admin') }
const ActPage = z.object({ acts: z.array(Act), next: z.string().nullable() })

const list = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/audit',
  operationId: 'listActs',
  summary: 'List who changed what, newest first',
  request: { query: ActQuery },
  responses: { 200: json('What was done, refused and failed.', ActPage), ...refusals },
})

const verification = createRoute({
  ...guarded,
  method: 'get',
  path: '/api/audit/verify',
  operationId: 'verifyAudit',
  summary: 'Compare the audit log with its seals, and these with their heads in R2',
  description: 'A call compares 5,000 rows or 500 seals; `next` goes on from there.',
  request: { query: z.strictObject({ cursor: paging.cursor }) },
  responses: { 200: json('What was compared, and the first break.', Verification), ...refusals },
})

const details: Record<Reason, { row: string; seal: string }> = {
  edited: {
    row: 'What stands in this row is not what was sealed.',
    seal: 'The seal is not the one that R2 knows, or does not go on from the one before.',
  },
  deleted: { row: 'The row is gone.', seal: 'D1 has lost a seal that R2 knows.' },
  reordered: { row: 'What stands in this row was sealed in another place.', seal: '' },
  inserted: { row: 'The row was put among those that were there.', seal: '' },
  unanchored: { row: '', seal: 'R2 has no head of this seal.' },
}

function told({ id, seal, reason }: Broken): Break {
  const { row: ofRow, seal: ofSeal } = details[reason]
  return { id: id === null ? null : idOf('aud', id), seal, reason, detail: id === null ? ofSeal : ofRow }
}

async function headOf(db: D1Database) {
  const seal = await newestSeal(db)
  // A seal that somebody wrote may hold any number, also one that is no time.
  const sealedAt = Math.min(Math.max(seal?.sealed_at ?? 0, 0), 8.64e15)
  return seal && { number: seal.number, hash: seal.hash, sealed_at: iso(sealedAt) }
}

export const audit = api()
  .openapi(list, async (c) => {
    const query = c.req.valid('query')
    return c.json(await listActs(c.env.DEPLOYMENT_DB, query, openPage('audit', places.byTime, query)), 200)
  })
  .openapi(verification, async (c) => {
    const page = openPage('verification of the audit', places.byRow, { limit: 1, ...c.req.valid('query') })
    const from = await placeAfter(c.env, Number(page.after?.[0] ?? 0))
    if (!from)
      throw new Problem('invalid-request', 'The seal that the cursor stands at is gone: start without a cursor.')
    const { place, rows, unsealed, broken } = await verify(c.env, from, now())
    return c.json(
      {
        verified: broken === null,
        rows,
        seals: place.number - from.number,
        unsealed,
        head: await headOf(c.env.DEPLOYMENT_DB),
        first_broken: broken && told(broken),
        next: broken || unsealed !== null ? null : cursorAt(page, [place.number]),
      },
      200,
    )
  })
