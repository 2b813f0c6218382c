import { isForWriting, roleOfCaller, scopesToWrite } from '../repositories/access.ts'
import { repositoryById } from '../repositories/queries.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository, Role } from '../repositories/schema.ts'
import { Failure } from './failure.ts'
import type { Graph } from './graph.ts'

export function mayRead(g: Graph, repository: Repository): boolean {
  return may(g, repository, 'read')
}

export function may(g: Graph, repository: Repository, wanted: Role): boolean {
  return isAtLeast(roleOfCaller(g.world.store, repository, g.caller), wanted)
}

/** A repository by its number, if the caller may see it. */
export function readable(g: Graph, id: number): Repository | null {
  const repository = repositoryById(g.world.store, id)
  return repository && mayRead(g, repository) ? repository : null
}

/** Refuses a mutation to who may read but not do this. */
export function demand(g: Graph, repository: Repository, wanted: Role, mutation: string): void {
  if (!isForWriting(g.world.store, repository, g.caller)) {
    if (g.caller.user.type === 'Bot') throw denied(g, mutation)
    demandScopes(g, mutation, scopesToWrite(repository.visibility))
  }
  if (may(g, repository, wanted)) {
    if (!repository.archived) return
    throw new Failure('FORBIDDEN', 'Repository was archived so is read-only.')
  }
  throw denied(g, mutation)
}

export function denied({ caller }: Graph, mutation: string): Failure {
  const name = mutation.charAt(0).toUpperCase() + mutation.slice(1)
  return new Failure('FORBIDDEN', `${caller.user.login} does not have the correct permissions to execute \`${name}\``)
}

/** Refuses a field to a token that lacks all of these scopes. */
export function demandScopes({ caller }: Graph, field: string, wanted: readonly string[]): void {
  const { scopes } = caller.token
  if (wanted.some((scope) => scopes.includes(scope))) return
  throw new Failure(
    'INSUFFICIENT_SCOPES',
    `Your token has not been granted the required scopes to execute this query. The '${field}' field requires one of ` +
      `the following scopes: ${shown(wanted)}, but your token has only been granted the: ${shown(scopes)} scopes. ` +
      "Please modify your token's scopes at: https://github.com/settings/tokens.",
  )
}

function shown(scopes: readonly string[]): string {
  return `[${scopes.map((scope) => `'${scope}'`).join(', ')}]`
}
