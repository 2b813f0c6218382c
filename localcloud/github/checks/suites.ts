import { z } from 'zod'
import { numberParam, param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { pagedUnder } from '../platform/pages.ts'
import { found, notFound, unprocessable } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryJson } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { headCommit, raiseSuite, suiteFor } from './changes.ts'
import { suiteJson } from './present.ts'
import { runsOf, suiteById, suitesOf } from './queries.ts'
import { appFor } from './routes.ts'
import type { CheckSuite } from './schema.ts'

const NewSuite = z.object({ head_sha: z.string() })
const Preferences = z.object({
  auto_trigger_checks: z.array(z.object({ app_id: z.number(), setting: z.boolean().default(true) })).default([]),
})

/** Check suites: what one app says about one commit. */
export const suiteRoutes = routesOf({
  'POST /repos/:owner/:repo/check-suites': create,
  'PATCH /repos/:owner/:repo/check-suites/preferences': setPreferences,
  'GET /repos/:owner/:repo/check-suites/:suite': show,
  'POST /repos/:owner/:repo/check-suites/:suite/rerequest': rerequest,
  'GET /repos/:owner/:repo/commits/:ref{.+}/check-suites': list,
})

async function create(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'write')
  const { head_sha } = await readBody(c, NewSuite)
  const commit = await headCommit(world, repository, head_sha)
  const isNew = !suitesOf(world.store, repository.id, commit.id).some(
    ({ app_id }) => app_id === appFor(world, caller).id,
  )
  const suite = suiteFor(world, repository, appFor(world, caller), commit, caller.user)
  return c.json(suiteJson(world, repository, suite), isNew ? 201 : 200)
}

async function setPreferences(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'admin')
  const { auto_trigger_checks } = await readBody(c, Preferences)
  const shown = repositoryJson(world.store, world.site, repository)
  return c.json({ preferences: { auto_trigger_checks }, repository: shown })
}

function openSuite(world: World, c: Call, repository: Repository): CheckSuite {
  const suite = found(suiteById(world.store, numberParam(c, 'suite')))
  if (suite.repository_id !== repository.id) throw notFound()
  return suite
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(suiteJson(world, repository, openSuite(world, c, repository)))
}

function rerequest(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'write')
  const suite = openSuite(world, c, repository)
  world.store.transact(() => raiseSuite(world, repository, suite, callerOf(c).user, 'rerequested'))
  return c.json({}, 201)
}

async function list(world: World, c: Call): Promise<Response> {
  const { store } = world
  const repository = openRepository(world, c, 'read')
  const ref = param(c, 'ref')
  const commit = await commitNamed(world.git.at(repository.id), ref)
  if (!commit) throw unprocessable(`No commit found for SHA: ${ref}`)
  const { app_id, check_name } = c.req.query()
  const suites = suitesOf(store, repository.id, commit.sha).filter(
    (suite) =>
      (app_id === undefined || suite.app_id === Number(app_id)) &&
      (check_name === undefined || runsOf(store, suite.id).some(({ name }) => name === check_name)),
  )
  return pagedUnder(c, 'check_suites', suites, (suite) => suiteJson(world, repository, suite))
}
