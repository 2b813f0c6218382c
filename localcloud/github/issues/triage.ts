import { z } from 'zod'
import { userJson } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { notFound } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { collaboratorsOf } from '../repositories/sharing.ts'
import type { Call, World } from '../world.ts'
import { changeIssue } from './changes.ts'
import { issueJson } from './present.ts'
import { assigneesOf } from './queries.ts'
import { openIssue } from './routes.ts'
import { noteEvent, raiseFor } from './subject.ts'

const Logins = z.object({ assignees: z.union([z.string(), z.array(z.string())]).optional() })
const Lock = z.object({ lock_reason: z.enum(['off-topic', 'too heated', 'resolved', 'spam']).nullish() })

/** Whose an issue is, and whether it is still talked about. */
export const triageRoutes = routesOf({
  'GET /repos/:owner/:repo/assignees': listAssignable,
  'GET /repos/:owner/:repo/assignees/:login': checkAssignable,
  'GET /repos/:owner/:repo/issues/:number/assignees/:login': checkAssignable,
  'POST /repos/:owner/:repo/issues/:number/assignees': (world, c) => reassign(world, c, true),
  'DELETE /repos/:owner/:repo/issues/:number/assignees': (world, c) => reassign(world, c, false),
  'PUT /repos/:owner/:repo/issues/:number/lock': lock,
  'DELETE /repos/:owner/:repo/issues/:number/lock': unlock,
})

function listAssignable(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return paged(c, collaboratorsOf(world.store, repository), (user) => userJson(world.site, user))
}

function checkAssignable(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  if (c.req.param('number') !== undefined) openIssue(world, c, repository)
  const user = accountByLogin(world.store, param(c, 'login'))
  if (!user || !collaboratorsOf(world.store, repository).some(({ id }) => id === user.id)) throw notFound()
  return noContent()
}

/** Who cannot be assigned is silently left out, as GitHub does. */
async function reassign(world: World, c: Call, isAdding: boolean): Promise<Response> {
  const { store } = world
  const repository = openRepository(world, c, 'triage')
  const { assignees = [] } = await readBody(c, Logins)
  const logins = [assignees].flat().map((login) => login.toLowerCase())
  const named = collaboratorsOf(store, repository).filter(({ login }) => logins.includes(login.toLowerCase()))
  const { user } = callerOf(c)
  const changed = store.transact(() => {
    const issue = openIssue(world, c, repository)
    const before = assigneesOf(store, issue.id)
    const kept = before.filter(({ id }) => !named.some((each) => each.id === id))
    return changeIssue(world, repository, issue, user, {
      assignees: isAdding ? [...before, ...named].slice(0, 10) : kept,
    })
  })
  return c.json(issueJson(world, repository, changed), isAdding ? 201 : 200)
}

async function lock(world: World, c: Call): Promise<Response> {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  const { lock_reason = null } = await readBody(c, Lock)
  const { user } = callerOf(c)
  store.transact(() => {
    const issue = openIssue(world, c, repository)
    store.update('issues', issue.id, { locked: true, lock_reason })
    noteEvent(world, issue, user, 'locked', { lock_reason })
    raiseFor(world, repository, issue, user, [{ action: 'locked' }])
  })
  return noContent()
}

function unlock(world: World, c: Call): Response {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  const { user } = callerOf(c)
  store.transact(() => {
    const issue = openIssue(world, c, repository)
    store.update('issues', issue.id, { locked: false, lock_reason: null })
    noteEvent(world, issue, user, 'unlocked')
    raiseFor(world, repository, issue, user, [{ action: 'unlocked' }])
  })
  return noContent()
}
