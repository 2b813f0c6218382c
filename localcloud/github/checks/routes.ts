import { z } from 'zod'
import type { Caller } from '../accounts/schema.ts'
import { appOfBot, checksApp } from '../apps/queries.ts'
import type { App } from '../apps/schema.ts'
import { numberParam, param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { paged, pagedUnder } from '../platform/pages.ts'
import { Problem, found, notFound, unprocessable } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { addRun, changeRun, headCommit, raiseRun, suiteFor } from './changes.ts'
import { runJson } from './present.ts'
import { latestRuns, runById, runsAt, runsOf, suiteById } from './queries.ts'
import type { CheckRun, CheckSuite } from './schema.ts'
import { Wish, columnsFor } from './wish.ts'

const NewRun = Wish.extend({ name: z.string(), head_sha: z.string() })

/** Check runs. On GitHub only apps write them; here everybody may who may push. */
export const runRoutes = routesOf({
  'POST /repos/:owner/:repo/check-runs': create,
  'GET /repos/:owner/:repo/check-runs/:run': show,
  'PATCH /repos/:owner/:repo/check-runs/:run': change,
  'GET /repos/:owner/:repo/check-runs/:run/annotations': listAnnotations,
  'POST /repos/:owner/:repo/check-runs/:run/rerequest': rerequest,
  'GET /repos/:owner/:repo/check-suites/:suite/check-runs': listOfSuite,
  'GET /repos/:owner/:repo/commits/:ref{.+}/check-runs': listOfCommit,
})

/** In whose name a caller's checks stand. */
export function appFor(world: World, { user }: Caller): App {
  return (user.type === 'Bot' ? appOfBot(world.store, user.id) : null) ?? checksApp(world)
}

async function create(world: World, c: Call): Promise<Response> {
  const caller = callerOf(c)
  const repository = openRepository(world, c, 'write')
  const { head_sha, name, ...wish } = await readBody(c, NewRun)
  if (name.trim() === '') throw unprocessable('Invalid request.\n\nName is too short (minimum is 1 character)')
  const commit = await headCommit(world, repository, head_sha)
  const { suite, run } = world.store.transact(() => {
    const own = suiteFor(world, repository, appFor(world, caller), commit, caller.user)
    const columns = { ...columnsFor(world, wish, null), name }
    return { suite: own, run: addRun(world, repository, own, caller.user, columns) }
  })
  const shown = runJson(world, repository, suite, run)
  return c.json(shown, 201, { location: String(shown['url']) })
}

type Opened = { readonly repository: Repository; readonly suite: CheckSuite; readonly run: CheckRun }

function openRun(world: World, c: Call, wanted: 'read' | 'write'): Opened {
  const repository = openRepository(world, c, wanted)
  const run = found(runById(world.store, numberParam(c, 'run')))
  const suite = found(suiteById(world.store, run.suite_id))
  if (suite.repository_id !== repository.id) throw notFound()
  return { repository, suite, run }
}

function show(world: World, c: Call): Response {
  const { repository, suite, run } = openRun(world, c, 'read')
  return c.json(runJson(world, repository, suite, run))
}

async function change(world: World, c: Call): Promise<Response> {
  const { repository, suite, run } = openRun(world, c, 'write')
  const caller = callerOf(c)
  if (caller.user.type === 'Bot' && appFor(world, caller).id !== suite.app_id)
    throw new Problem(
      403,
      'Invalid app_id `' +
        String(suite.app_id) +
        '` - check run can only be modified by the GitHub App that created it.',
    )
  const wish = await readBody(c, Wish)
  const after = changeRun(world, repository, suite, run, caller.user, columnsFor(world, wish, run))
  return c.json(runJson(world, repository, suite, after))
}

function listAnnotations(world: World, c: Call): Response {
  const { repository, suite, run } = openRun(world, c, 'read')
  const blobs = `${repositoryUrl(world.site, repository)}/contents`
  return paged(c, run.annotations, (annotation) => ({
    start_column: null,
    end_column: null,
    title: null,
    raw_details: null,
    ...annotation,
    blob_href: `${blobs}/${annotation.path}?ref=${suite.head_sha}`,
  }))
}

function rerequest(world: World, c: Call): Response {
  const { repository, suite, run } = openRun(world, c, 'write')
  world.store.transact(() => raiseRun(world, repository, suite, run, callerOf(c).user, 'rerequested'))
  return c.json({}, 201)
}

function listOfSuite(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const suite = found(suiteById(world.store, numberParam(c, 'suite')))
  if (suite.repository_id !== repository.id) throw notFound()
  return listRuns(world, c, repository, runsOf(world.store, suite.id))
}

async function listOfCommit(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const ref = param(c, 'ref')
  const commit = await commitNamed(world.git.at(repository.id), ref)
  if (!commit) throw unprocessable(`No commit found for SHA: ${ref}`)
  return listRuns(world, c, repository, runsAt(world.store, repository.id, commit.sha))
}

function listRuns(world: World, c: Call, repository: Repository, all: readonly CheckRun[]): Response {
  const { check_name, status, filter = 'latest', app_id } = c.req.query()
  const suites = new Map(all.map(({ suite_id }) => [suite_id, found(suiteById(world.store, suite_id))]))
  const runs = (filter === 'all' ? all : latestRuns(all)).filter(
    (run) =>
      (check_name === undefined || run.name === check_name) &&
      (status === undefined || run.status === status) &&
      (app_id === undefined || suites.get(run.suite_id)?.app_id === Number(app_id)),
  )
  return pagedUnder(c, 'check_runs', runs, (run) => runJson(world, repository, found(suites.get(run.suite_id)), run))
}
