import type { Json } from '../../accounts/present.ts'
import type { Repository } from '../../repositories/schema.ts'
import type { Graph } from '../graph.ts'

/** What lies in a tree; with a path what lies at it. */
export async function entriesOf(g: Graph, repository: Repository, tree: string, path?: string): Promise<Json[]> {
  const where = path === undefined ? [] : ['--', path]
  const listed = await g.world.git.at(repository.id).text(['ls-tree', '-z', '-l', tree, ...where])
  return listed.split('\0').flatMap((line) => {
    const [, mode, type, oid, size, name] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line) ?? []
    if (mode === undefined || type === undefined || oid === undefined || name === undefined) return []
    return [entryNode(g, repository, { mode, type, oid, size: Number(size) || 0, path: name })]
  })
}

type Entry = {
  readonly mode: string
  readonly type: string
  readonly oid: string
  readonly size: number
  readonly path: string
}

function entryNode(g: Graph, repository: Repository, { mode, type, oid, size, path }: Entry): Json {
  const name = path.split('/').at(-1) ?? path
  const extension = /\.[^.]*$/.exec(name)?.[0] ?? ''
  return {
    name,
    nameRaw: Buffer.from(name).toString('base64'),
    path,
    pathRaw: Buffer.from(path).toString('base64'),
    mode: Number.parseInt(mode, 8),
    type,
    oid,
    size,
    extension,
    repository: () => g.show.repository(g, repository),
    object: () => (type === 'commit' ? null : g.show.gitObject(g, repository, oid)),
  }
}
