import type { Json } from '../accounts/present.ts'
import { Failure } from './failure.ts'

/** What every connection takes. */
export type Bounds = {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
}

type Entry = { readonly key: string; readonly node: () => unknown; readonly edge: Json }
type More<Item> = {
  /** What an edge says beside its node. */
  readonly edge?: (item: Item) => Json
  /** What the connection says beside its parts. */
  readonly connection?: Json
}

/** A whole list, in order; whoever resolves the field cuts the part that is asked for. */
export class List {
  readonly entries: readonly Entry[]
  readonly more: Json

  constructor(entries: readonly Entry[], more: Json) {
    this.entries = entries
    this.more = more
  }
}

/** A list of what has a number. */
export function listOf<Item extends { readonly id: number }>(
  items: readonly Item[],
  show: (item: Item) => unknown,
  more: More<Item> = {},
): List {
  return listBy(({ id }) => String(id), items, show, more)
}

/** A list of what is told apart by something else. */
export function listBy<Item>(
  key: (item: Item) => string,
  items: readonly Item[],
  show: (item: Item) => unknown,
  { edge, connection = {} }: More<Item> = {},
): List {
  const entries = items.map((item) => ({ key: key(item), node: () => show(item), edge: edge?.(item) ?? {} }))
  return new List(entries, connection)
}

/** The part of a list that is asked for, in the form of a connection. */
export function connectionOf(list: List, bounds: Bounds): Json {
  const { entries } = list
  const cursors = entries.map(({ key }, index) => cursorFor(key, index))
  const [start, end] = cut(entries, bounds)
  const part = entries.slice(start, end)
  return {
    totalCount: entries.length,
    pageInfo: {
      hasNextPage: end < entries.length,
      hasPreviousPage: start > 0,
      startCursor: part.length > 0 ? cursors[start] : null,
      endCursor: part.length > 0 ? cursors[end - 1] : null,
    },
    nodes: () => part.map(({ node }) => node()),
    edges: () => part.map(({ node, edge }, index) => ({ ...edge, cursor: cursors[start + index], node })),
    ...list.more,
  }
}

function cut(entries: readonly Entry[], { first, last, after, before }: Bounds): [number, number] {
  let start = typeof after === 'string' ? positionOf(entries, after) + 1 : 0
  let end = typeof before === 'string' ? positionOf(entries, before) : entries.length
  end = Math.max(start, Math.min(end, entries.length))
  start = Math.min(start, end)
  if (typeof first === 'number') end = Math.min(end, start + first)
  else if (typeof last === 'number') start = Math.max(start, end - last)
  return [start, end]
}

/** Where a cursor points: at its item, or at its place when the item is gone. */
function positionOf(entries: readonly Entry[], cursor: string): number {
  const [, place, key] = /^cursor:v2:(\d+):(.*)$/s.exec(Buffer.from(cursor, 'base64').toString()) ?? []
  if (place === undefined) throw badCursor(cursor)
  const found = entries.findIndex((entry) => entry.key === key)
  // What moved up into the place of an item that is gone has not been seen yet.
  return found >= 0 ? found : Number(place) - 1
}

function cursorFor(key: string, place: number): string {
  return Buffer.from(`cursor:v2:${place}:${key}`).toString('base64')
}

export function badCursor(cursor: string): Failure {
  return new Failure('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` does not appear to be a valid cursor.`)
}

/** Refuses to list without a bound, or with one beyond GitHub's. */
export function checkBounds(name: string, { first, last }: Bounds): void {
  if (typeof first === 'number' && typeof last === 'number') {
    throw unpaginated(`Passing both \`first\` and \`last\` to paginate the \`${name}\` connection is not supported.`)
  }
  const [bound, value] = typeof last === 'number' ? (['last', last] as const) : (['first', first] as const)
  if (typeof value !== 'number') {
    throw unpaginated(`You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`)
  }
  if (value < 0) throw unpaginated(`\`${bound}\` on the \`${name}\` connection cannot be less than zero.`)
  if (value > 100) {
    const message = `Requesting ${value} records on the \`${name}\` connection exceeds the \`${bound}\` limit of 100 records.`
    throw new Failure('EXCESSIVE_PAGINATION', message)
  }
}

function unpaginated(message: string): Failure {
  return new Failure('MISSING_PAGINATION_BOUNDARIES', message)
}
