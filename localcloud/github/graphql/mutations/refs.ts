import type { Json } from '../../accounts/present.ts'
import { readNodeId } from '../../platform/ids.ts'
import type { Repository } from '../../repositories/schema.ts'
import { readable } from '../access.ts'
import type { Graph } from '../graph.ts'
import { must, repositoryAt } from '../targets.ts'
import { done, pathOf } from './twins.ts'

type Input<Body> = { readonly input: Body }

/** What is done to refs: the same rules and the same events as a push. */
export const refMutations: Json = {
  createRef: async ({ input }: Input<{ repositoryId: string; name: string; oid: string }>, g: Graph) => {
    const repository = repositoryAt(g, input.repositoryId)
    await g.rest('POST', `${pathOf(repository)}/git/refs`, { ref: input.name, sha: input.oid })
    return { ref: shown(g, repository, input.name) }
  },
  updateRef: async ({ input }: Input<{ refId: string; oid: string; force?: boolean | null }>, g: Graph) => {
    const { repository, name } = refAt(g, input.refId)
    await g.rest('PATCH', `${pathOf(repository)}/git/${name}`, { sha: input.oid, force: input.force ?? false })
    return { ref: shown(g, repository, name) }
  },
  deleteRef: async ({ input }: Input<{ refId: string }>, g: Graph) => {
    const { repository, name } = refAt(g, input.refId)
    return done(g.rest('DELETE', `${pathOf(repository)}/git/${name}`))
  },
}

function refAt(g: Graph, id: string): { readonly repository: Repository; readonly name: string } {
  const key = readNodeId(id)
  const name = must(key?.kind === 'Ref' ? key.name : null, id)
  return { repository: must(readable(g, key?.id ?? 0), id), name }
}

function shown(g: Graph, repository: Repository, name: string): Json | null {
  const sha = g.world.refs.get(repository.id, name)
  return sha === null ? null : g.show.ref(g, repository, { name, sha })
}
