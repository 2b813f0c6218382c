import type { Json } from '../../accounts/present.ts'
import type { Ref } from '../../git/refs.ts'
import type { Repository } from '../../repositories/schema.ts'
import { Failure } from '../failure.ts'
import type { Graph } from '../graph.ts'
import { listBy } from '../lists.ts'
import type { List } from '../lists.ts'

type RefArgs = {
  readonly refPrefix: string
  readonly query?: string | null
  readonly direction?: 'ASC' | 'DESC' | null
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null
}

/** What a repository says of its branches, tags and objects. */
export function refFields(g: Graph, repository: Repository): Json {
  const { refs } = g.world
  const named = (name: string) => {
    const sha = refs.get(repository.id, name)
    return sha === null ? null : g.show.ref(g, repository, { name, sha })
  }
  return {
    isEmpty: () => refs.list(repository.id, 'refs/heads/').length === 0,
    defaultBranchRef: () => named(`refs/heads/${repository.default_branch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      ['', 'refs/', 'refs/heads/', 'refs/tags/'].map((prefix) => named(prefix + qualifiedName)).find(Boolean) ?? null,
    refs: (args: RefArgs) => refList(g, repository, args),
    object: (args: { readonly expression?: string | null; readonly oid?: string | null }) =>
      objectNamed(g, repository, args),
  }
}

async function refList(g: Graph, repository: Repository, args: RefArgs): Promise<List> {
  const { refPrefix, query, direction, orderBy } = args
  if (!/^refs\/.*\/$/.test(refPrefix))
    throw new Failure('UNPROCESSABLE', 'refPrefix must begin with `refs/` and end with `/`.')
  const words = query?.toLowerCase() ?? ''
  const found = g.world.refs
    .list(repository.id, refPrefix)
    .filter(({ name }) => name.slice(refPrefix.length).toLowerCase().includes(words))
  const ordered = orderBy?.field === 'TAG_COMMIT_DATE' ? await byDate(g, repository, found) : found
  const isDown = (orderBy?.direction ?? direction) === 'DESC'
  return listBy(
    ({ name }) => name,
    isDown ? ordered.toReversed() : ordered,
    (ref) => g.show.ref(g, repository, ref),
  )
}

async function byDate(g: Graph, { id }: Repository, refs: readonly Ref[]): Promise<Ref[]> {
  const lines = await g.world.git.at(id).lines(['for-each-ref', '--sort=creatordate', '--format=%(refname)'])
  const places = new Map(lines.map((name, place) => [name, place]))
  return refs.toSorted((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0))
}

async function objectNamed(
  g: Graph,
  repository: Repository,
  { expression, oid }: { readonly expression?: string | null; readonly oid?: string | null },
): Promise<Json | null> {
  const name = oid ?? expression
  if (typeof name !== 'string' || name === '') return null
  const sha = await g.world.git.at(repository.id).resolve(name)
  return sha === null ? null : g.show.gitObject(g, repository, sha)
}
