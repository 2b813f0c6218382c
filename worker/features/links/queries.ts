import { z } from '@hono/zod-openapi'
import { join, readAll, sql, Statement, time } from '../../platform/sql.ts'
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

/** The links that are joined to nodes. A table of values costs no rows read, as a `json_each` would. */
function selected(nodes: readonly Node[], joined: Statement, limit: number): Statement {
  const here = join(
    nodes.map(({ kind, id }) => sql`(${kind}, ${id})`),
    ', ',
  )
  return sql`select l.from_kind, l.from_id, l.relation, l.to_kind, l.to_id, l.evidence, l.detail, ${time('l.at')}
    from (values ${here}) as here ${joined} limit ${limit}`
}

const isAt = (end: 'from' | 'to') =>
  new Statement(`cross join links l on l.${end}_kind = here.column1 and l.${end}_id = here.column2`, [])

/** The links at a node in both directions, at most `limit` each. */
export async function linksOf(db: D1Database, node: Node, limit = 100): Promise<Link[]> {
  const { causes, effects } = await readAll(db, {
    causes: [selected([node], isAt('to'), limit), LinkRow],
    effects: [selected([node], isAt('from'), limit), LinkRow],
  })
  return [...causes, ...effects]
}

/** What a flow did last to what it made, adopted or deleted, or null. */
export async function lastFlowLink(db: D1Database, address: string): Promise<Link | null> {
  return sql`select from_kind, from_id, relation, to_kind, to_id, evidence, detail, ${time('l.at')} from links l
    where to_kind = 'resource' and to_id = ${address} and from_kind = 'deployment' order by l.at desc limit 1`.first(
    db,
    LinkRow,
  )
}

/** Relations that lead to effects, of which a node of the kind may have any number; from one to another, in order. */
const downward = {
  deployment: [
    ['adopted', 'deleted'],
    ['wrote', 'wrote'],
  ],
  commit: [
    ['checked_out_by', 'checked_out_by'],
    ['triggered', 'triggered'],
  ],
  task: [['asked_for', 'asked_for']],
}

/** Ranges of the key between them: so they are left out without being read. */
const ranges = Object.entries(downward).flatMap(([kind, spans]) =>
  [['', ''], ...spans].map(([, last], index) => `('${kind}', '${last}', '${spans[index]?.[0] ?? '~'}')`),
)
const between = new Statement(`left join (values ${ranges.join(', ')}) as range on range.column1 = here.column1`, [])

async function linksAround(db: D1Database, nodes: readonly Node[], limit: number): Promise<Link[][]> {
  const leadsOn = sql`${between} ${isAt('from')}
    and l.relation > coalesce(range.column2, '') and l.relation < coalesce(range.column3, '~')`
  const { ends, starts } = await readAll(db, {
    ends: [selected(nodes, isAt('to'), limit), LinkRow],
    starts: [selected(nodes, leadsOn, limit), LinkRow],
  })
  return [ends, starts]
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
    const limit = Math.min(pageOfLinks, Math.floor(left / 2))
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
