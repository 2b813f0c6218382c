import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import type { Ref } from '../git/refs.ts'
import { readBody } from '../platform/body.ts'
import { namedNodeId } from '../platform/ids.ts'
import { paged } from '../platform/pages.ts'
import { found, unprocessable } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { openDatabase } from './database.ts'

const NewRef = z.object({ ref: z.string(), sha: z.string() })
const Move = z.object({ sha: z.string(), force: z.boolean().optional() })

/** Refs as the API moves them: the same rules and the same events as a push. */
export const refRoutes = routesOf({
  'GET /repos/:owner/:repo/git/ref/:ref{.+}': show,
  'GET /repos/:owner/:repo/git/matching-refs/:ref{.*}': match,
  'POST /repos/:owner/:repo/git/refs': create,
  'PATCH /repos/:owner/:repo/git/refs/:ref{.+}': move,
  'DELETE /repos/:owner/:repo/git/refs/:ref{.+}': remove,
  'GET /repos/:owner/:repo/tags': listTags,
})

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const name = fullName(c)
  const sha = found(world.refs.get(repository.id, name))
  return c.json(await refJson(world, repository, { name, sha }))
}

async function match(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const refs = world.refs.list(repository.id, fullName(c))
  const shown = await Promise.all(refs.map((ref) => refJson(world, repository, ref)))
  return paged(c, shown, (each) => each)
}

async function create(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const { ref, sha } = await readBody(c, NewRef)
  if (!ref.startsWith('refs/') || ref.split('/').length < 3)
    throw unprocessable(`Reference name must start with 'refs' and have at least two slashes.`)
  const git = world.git.at(repository.id)
  if (!(await git.succeeds(['check-ref-format', ref]))) throw unprocessable(`${ref} is not a valid ref name.`)
  if (world.refs.get(repository.id, ref) !== null) throw unprocessable('Reference already exists')
  await refuseMissing(world, repository, ref, sha)
  await moveRef(world, c, repository, { ref, before: null, after: sha })
  const shown = await refJson(world, repository, { name: ref, sha })
  return c.json(shown, 201, { location: String(shown['url']) })
}

async function move(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const { sha, force = false } = await readBody(c, Move)
  const ref = fullName(c)
  const before = world.refs.get(repository.id, ref)
  if (before === null) throw unprocessable('Reference does not exist')
  await refuseMissing(world, repository, ref, sha)
  const isForward = await world.git.at(repository.id).isAncestor(before, sha)
  if (!isForward && !force) throw unprocessable('Update is not a fast forward')
  if (before !== sha) await moveRef(world, c, repository, { ref, before, after: sha })
  return c.json(await refJson(world, repository, { name: ref, sha }))
}

async function remove(world: World, c: Call): Promise<Response> {
  const repository = openDatabase(world, c)
  const ref = fullName(c)
  const before = world.refs.get(repository.id, ref)
  if (before === null) throw unprocessable('Reference does not exist')
  if (ref === `refs/heads/${repository.default_branch}`) throw unprocessable('Cannot delete the default branch')
  await moveRef(world, c, repository, { ref, before, after: null })
  return noContent()
}

async function listTags(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const root = repositoryUrl(world.site, repository)
  const tags = world.refs.list(repository.id, 'refs/tags/').toReversed()
  const commits = await world.git.at(repository.id).objects(tags.map(({ sha }) => `${sha}^{commit}`))
  return paged(
    c,
    tags.map(({ name }, index) => ({ name: name.slice(10), sha: commits[index]?.sha ?? '' })),
    ({ name, sha }) => ({
      name,
      commit: { sha, url: `${root}/commits/${sha}` },
      zipball_url: `${root}/zipball/refs/tags/${name}`,
      tarball_url: `${root}/tarball/refs/tags/${name}`,
      node_id: namedNodeId('Ref', repository.id, `refs/tags/${name}`),
    }),
  )
}

/** Moves one ref for the caller, unless a rule objects. */
export async function moveRef(
  world: World,
  c: Call,
  repository: Repository,
  change: { readonly ref: string; readonly before: string | null; readonly after: string | null },
  refusal = 422,
): Promise<void> {
  const actor = callerOf(c).user
  const git = world.git.at(repository.id)
  await world.guards.admit({ repository, actor, change, git, through: 'api' }, refusal)
  await world.refs.move(repository, actor, [change])
}

export async function refJson({ git, site }: World, repository: Repository, { name, sha }: Ref): Promise<Json> {
  const root = repositoryUrl(site, repository)
  const type = (await git.at(repository.id).object(sha))?.type ?? 'commit'
  return {
    ref: name,
    node_id: namedNodeId('Ref', repository.id, name),
    url: `${root}/git/${name}`,
    object: { sha, type, url: `${root}/git/${type}s/${sha}` },
  }
}

async function refuseMissing({ git }: World, repository: Repository, ref: string, sha: string): Promise<void> {
  const object = /^[0-9a-f]{40}$/.test(sha) ? await git.at(repository.id).object(sha) : null
  if (!object) throw unprocessable('Object does not exist')
  if (ref.startsWith('refs/heads/') && object.type !== 'commit') throw unprocessable('Object is not a commit')
}

/** The path leaves `refs/` out; who writes it anyway is understood. */
function fullName(c: Call): string {
  return `refs/${param(c, 'ref').replace(/^refs\//, '')}`
}
