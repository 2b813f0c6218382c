import type { Json } from '../../accounts/present.ts'
import type { Repository } from '../../repositories/schema.ts'
import type { Graph } from '../graph.ts'
import { badCursor } from '../lists.ts'
import type { Bounds } from '../lists.ts'

export type HistoryArgs = Bounds & {
  readonly path?: string | null
  readonly since?: string | null
  readonly until?: string | null
  readonly author?: { readonly emails?: readonly string[] | null } | null
}

/** The commits behind a commit, as git counts them: only the part that is asked for is read. */
export async function historyOf(g: Graph, repository: Repository, sha: string, args: HistoryArgs): Promise<Json> {
  const git = g.world.git.at(repository.id)
  const filters = filtersOf(args)
  const where = typeof args.path === 'string' ? ['--', args.path] : ['--']
  const total = Number(await git.text(['rev-list', '--count', ...filters, sha, ...where]))
  const [start, end] = cut(total, args)
  const range = [`--skip=${start}`, `--max-count=${end - start}`]
  const shas = end > start ? await git.lines(['rev-list', ...filters, ...range, sha, ...where]) : []
  const cursors = shas.map((_, index) => `${sha} ${start + index}`)
  return {
    totalCount: total,
    pageInfo: {
      hasNextPage: end < total,
      hasPreviousPage: start > 0,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
    nodes: () => shas.map((each) => g.show.gitObject(g, repository, each)),
    edges: () =>
      shas.map((each, index) => ({ cursor: cursors[index], node: () => g.show.gitObject(g, repository, each) })),
  }
}

function filtersOf({ since, until, author }: HistoryArgs): string[] {
  return [
    ...(typeof since === 'string' ? [`--since=${since}`] : []),
    ...(typeof until === 'string' ? [`--until=${until}`] : []),
    ...(author?.emails ?? []).map((email) => `--author=<${email.replaceAll(/[^\w@.+-]/g, '.')}>`),
  ]
}

function cut(total: number, { first, last, after, before }: Bounds): [number, number] {
  let start = typeof after === 'string' ? placeOf(after) + 1 : 0
  let end = typeof before === 'string' ? Math.min(placeOf(before), total) : total
  start = Math.min(start, end)
  if (typeof first === 'number') end = Math.min(end, start + first)
  else start = Math.max(start, end - (last ?? 0))
  return [start, end]
}

/** GitHub's own form: the commit that was asked, and how far behind it. */
function placeOf(cursor: string): number {
  const [, place] = /^[0-9a-f]{40} (\d{1,9})$/.exec(cursor) ?? []
  if (place === undefined) throw badCursor(cursor)
  return Number(place)
}
