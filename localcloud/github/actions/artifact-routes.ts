import { noContent, numberParam, param, routesOf } from '../front/routes.ts'
import { pagedUnder } from '../platform/pages.ts'
import { Problem, found, notFound } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import { openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { redirectTo } from './downloads.ts'
import { artifactJson } from './present.ts'
import { artifactsWhere, runById } from './queries.ts'
import { permissionsOf, runnersOf } from './routes.ts'
import type { Artifact, Run } from './schema.ts'

const root = '/repos/:owner/:repo/actions'

/** What runs have left behind, and the little that there is to say about runners. */
export const artifactRoutes = routesOf({
  [`GET ${root}/artifacts`]: (world, c) => list(world, c, null),
  [`GET ${root}/runs/:run/artifacts`]: (world, c) => list(world, c, sql`run_id = ${numberParam(c, 'run')}`),
  [`GET ${root}/artifacts/:artifact`]: show,
  [`DELETE ${root}/artifacts/:artifact`]: remove,
  [`GET ${root}/artifacts/:artifact/:format`]: download,
  [`GET ${root}/runners`]: runnersOf,
  [`GET ${root}/permissions`]: permissionsOf,
})

function list(world: World, c: Call, scope: Statement | null): Response {
  const repository = openRepository(world, c, 'read')
  const name = c.req.query('name')
  const mine = sql`run_id in (select id from workflow_runs where repository_id = ${repository.id})`
  const artifacts = artifactsWhere(world.store, every([mine, scope, name !== undefined && sql`name = ${name}`]))
  return pagedUnder(c, 'artifacts', artifacts, (artifact) => shown(world, repository, artifact))
}

function shown(world: World, repository: Repository, artifact: Artifact) {
  return artifactJson(world, repository, runOf(world, artifact), artifact, world.now())
}

function runOf({ store }: World, { run_id }: Artifact): Run {
  return found(runById(store, run_id))
}

type Opened = { readonly repository: Repository; readonly artifact: Artifact }

function openArtifact(world: World, c: Call, wanted: 'read' | 'write'): Opened {
  const repository = openRepository(world, c, wanted)
  const [first] = artifactsWhere(world.store, sql`id = ${numberParam(c, 'artifact')}`)
  const artifact = found(first)
  if (runOf(world, artifact).repository_id !== repository.id) throw notFound()
  return { repository, artifact }
}

function show(world: World, c: Call): Response {
  const { repository, artifact } = openArtifact(world, c, 'read')
  return c.json(shown(world, repository, artifact))
}

function remove(world: World, c: Call): Response {
  const { artifact } = openArtifact(world, c, 'write')
  world.store.run(sql`delete from artifacts where id = ${artifact.id}`)
  return noContent()
}

function download(world: World, c: Call): Response {
  const { artifact } = openArtifact(world, c, 'read')
  if (param(c, 'format') !== 'zip') throw notFound()
  if (artifact.expires_at <= world.now()) throw new Problem(410, 'Artifact has expired')
  return redirectTo(world, 'artifact', String(artifact.id))
}
