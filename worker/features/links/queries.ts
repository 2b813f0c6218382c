import { z } from '@hono/zod-openapi'
import { join, readAll, sql, time } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import { Evidence, Link } from './schema.ts'
import type { Node } from './schema.ts'
import { climb, keyOf } from './why.ts'

const LinkRow = z
  .object({
    from_kind: z.string(),
    from_id: z.string(),
    relation: z.string(),
    to_kind: z.string(),
    to_id: z.string(),
    evidence: Evidence,
    detail: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .transform(({ from_kind, from_id, to_kind, to_id, ...link }) =>
    Link.parse({ ...link, from: { kind: from_kind, id: from_id }, to: { kind: to_kind, id: to_id } }),
  )

/** How many links one question, and the whole walk, may find. So no step starts from more than 45 nodes: 90 values. */
const pageOfLinks = 15
const walkOfLinks = 45

/** A table of values costs no rows read, as a `json_each` would. */
function selected(nodes: readonly Node[], condition: Statement, limit: number): Statement {
  const here = join(
    nodes.map(({ kind, id }) => sql`(${kind}, ${id})`),
    ', ',
  )
  return sql`select l.from_kind, l.from_id, l.relation, l.to_kind, l.to_id, l.evidence, l.detail, ${time('l.at')}
    from (values ${here}) as here cross join links l on ${condition} limit ${limit}`
}

const endsHere = sql`l.to_kind = here.column1 and l.to_id = here.column2`
const startsHere = sql`l.from_kind = here.column1 and l.from_id = here.column2`

/** The links at a node in both directions, at most `limit` each. */
export async function linksOf(db: D1Database, node: Node, limit = 100): Promise<Link[]> {
  const { causes, effects } = await readAll(db, {
    causes: [selected([node], endsHere, limit), LinkRow],
    effects: [selected([node], startsHere, limit), LinkRow],
  })
  return [...causes, ...effects]
}

/** A run may write hundreds of versions, which lead nowhere: two ranges leave them out without reading them. */
async function linksAround(db: D1Database, nodes: readonly Node[], limit: number): Promise<Link[][]> {
  const { ends, before, after } = await readAll(db, {
    ends: [selected(nodes, endsHere, limit), LinkRow],
    before: [selected(nodes, sql`${startsHere} and l.relation < 'wrote'`, limit), LinkRow],
    after: [selected(nodes, sql`${startsHere} and l.relation > 'wrote'`, limit), LinkRow],
  })
  return [ends, before, after]
}

/**
 * Climbs from a node to what led to it, nearest first, one list of links per step. However many links there are, it
 * reads few: `complete` tells whether that was enough.
 */
export async function climbFrom(db: D1Database, start: Node, steps: number) {
  const levels: Link[][] = []
  let here: readonly Node[] = [start]
  let seen: ReadonlySet<string> = new Set([keyOf(start)])
  let left = walkOfLinks
  let complete = true
  for (let step = 0; step < steps && here.length > 0; step++) {
    const limit = Math.min(pageOfLinks, Math.floor(left / 3))
    if (limit === 0) return { levels, complete: false }
    const found = await linksAround(db, here, limit)
    complete &&= found.every((links) => links.length < limit)
    left -= found.flat().length
    const level = climb(here, found.flat(), seen)
    if (level.links.length > 0) levels.push(level.links)
    here = level.next
    seen = level.seen
  }
  return { levels, complete }
}
