import { z } from '@hono/zod-openapi'

/** A moment as a query names it. */
export const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'This is no ISO 8601 time like 2026-11-21T10:00:00Z, nor a day like 2026-11-21.',
})

/** Whether something may lie between two moments of a query. */
export function isPeriod({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean {
  return !from || !to || Date.parse(from) < Date.parse(to)
}
