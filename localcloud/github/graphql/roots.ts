import type { Json } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { isoTime } from '../platform/site.ts'
import { repositoryNamed, repositoryOnceNamed } from '../repositories/queries.ts'
import { mayRead } from './access.ts'
import { Failure, unresolved } from './failure.ts'
import type { Graph } from './graph.ts'
import { mutations } from './mutations/all.ts'
import { nodeCalled } from './nodes.ts'
import { accountCalled } from './nodes/account.ts'
import { searchList } from './nodes/search.ts'
import type { SearchArgs } from './nodes/search.ts'

/** Where queries and mutations begin. */
export const roots: Json = {
  __typename: 'Query',
  id: 'MDU6UXVlcnk=',
  relay: () => roots,
  viewer: (_args: unknown, g: Graph) => g.show.account(g, g.caller.user),
  rateLimit,
  meta,
  repository: (args: RepositoryArgs, g: Graph) => repositoryCalled(args, g),
  repositoryOwner: ({ login }: { login: string }, g: Graph) => {
    const account = accountByLogin(g.world.store, login)
    return account ? g.show.account(g, account) : null
  },
  user: ({ login }: { login: string }, g: Graph) => g.show.account(g, accountCalled(g, login, 'User')),
  organization: ({ login }: { login: string }, g: Graph) => g.show.account(g, accountCalled(g, login, 'Organization')),
  node: ({ id }: { id: string }, g: Graph) => nodeCalled(g, id),
  nodes: ({ ids }: { ids: readonly string[] }, g: Graph) => nodesCalled(ids, g),
  resource,
  search: (args: SearchArgs, g: Graph) => searchList(g, args),
  ...mutations,
}

type RepositoryArgs = { readonly owner: string; readonly name: string; readonly followRenames?: boolean | null }

function repositoryCalled({ owner, name, followRenames }: RepositoryArgs, g: Graph): Json {
  const { store } = g.world
  const renamed = () => (followRenames === false ? null : repositoryOnceNamed(store, owner, name))
  const repository = repositoryNamed(store, owner, name) ?? renamed()
  if (!repository || !mayRead(g, repository)) throw unresolved(`a Repository with the name '${owner}/${name}'`)
  return g.show.repository(g, repository)
}

const mostNodes = 100

function nodesCalled(ids: readonly string[], g: Graph): Promise<Json>[] {
  if (ids.length > mostNodes) {
    const message = `You may not provide more than ${mostNodes} node ids; you provided ${ids.length}.`
    throw new Failure('ARGUMENT_LIMIT', message)
  }
  return ids.map((id) => nodeCalled(g, id))
}

/** What lies at an address of this GitHub: an account, a repository, an issue or a pull request. */
function resource({ url }: { url: string }, g: Graph): Json | null {
  const [, owner = '', name, , number] =
    /^\/([^/]+)(?:\/([^/]+)(?:\/(issues|pull)\/(\d+))?)?\/?$/.exec(URL.parse(url)?.pathname ?? '') ?? []
  if (name === undefined) {
    const account = accountByLogin(g.world.store, owner)
    return account ? g.show.account(g, account) : null
  }
  const repository = repositoryCalled({ owner, name }, g)
  const issueOrPullRequest = repository['issueOrPullRequest']
  if (number === undefined || typeof issueOrPullRequest !== 'function') return repository
  return issueOrPullRequest({ number: Number(number) })
}

function rateLimit(_args: unknown, { world, caller }: Graph): Json {
  const { limit, used, remaining, reset } = world.limits.quotaOf({
    who: `user ${caller.user.id}`,
    anonymous: false,
    resource: 'graphql',
  })
  return { limit, used, remaining, cost: 1, nodeCount: 0, resetAt: isoTime(reset * 1000) }
}

function meta(): Json {
  return { gitHubServicesSha: '0'.repeat(40), isPasswordAuthenticationVerifiable: false }
}
