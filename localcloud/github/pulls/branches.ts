import { z } from 'zod'
import { userJson } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import { commitJson } from '../commits/present.ts'
import { moveRef } from '../commits/refs.ts'
import { noContent, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { mergeCommit } from '../git/merges.ts'
import { noteEvent, raiseFor } from '../issues/subject.ts'
import { readBody } from '../platform/body.ts'
import { Problem, conflict, found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository, roleOf } from '../repositories/access.ts'
import { personOf } from '../repositories/create.ts'
import { repositoryUrl } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Call, World } from '../world.ts'
import { openFreshPull, openPull } from './open.ts'
import { pullSummaryJson } from './present.ts'
import { pullById, requestedReviewersOf } from './queries.ts'

const BranchMerge = z.object({ base: z.string(), head: z.string(), commit_message: z.string().optional() })
const Update = z.object({ expected_head_sha: z.string().optional() })
const Reviewers = z.object({
  reviewers: z.array(z.string()).default([]),
  team_reviewers: z.array(z.string()).default([]),
})

/** Merges without and before a pull request's own, and who is asked to look at it. */
export const pullBranchRoutes = routesOf({
  'POST /repos/:owner/:repo/merges': mergeBranches,
  'PUT /repos/:owner/:repo/pulls/:number/update-branch': updateBranch,
  'GET /repos/:owner/:repo/pulls/:number/requested_reviewers': listReviewers,
  'POST /repos/:owner/:repo/pulls/:number/requested_reviewers': (world, c) => askReviewers(world, c, true),
  'DELETE /repos/:owner/:repo/pulls/:number/requested_reviewers': (world, c) => askReviewers(world, c, false),
})

async function mergeBranches(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const { base, head, commit_message = `Merge ${head} into ${base}` } = await readBody(c, BranchMerge)
  const ref = `refs/heads/${base}`
  const before = world.refs.get(repository.id, ref)
  if (before === null) throw new Problem(404, 'Base does not exist')
  const git = world.git.at(repository.id)
  const theirs = await commitNamed(git, head)
  if (!theirs) throw new Problem(404, 'Head does not exist')
  if (await git.isAncestor(theirs.sha, before)) return noContent()
  const person = personOf(callerOf(c).user, world.now())
  const after = await mergeCommit(git, before, theirs.sha, commit_message, person, person)
  if (after === null) throw conflict('Merge conflict')
  await moveRef(world, c, repository, { ref, before, after }, 409)
  return c.json(commitJson(world, repository, found(await commitNamed(git, after))), 201)
}

/** Brings the branch of a pull request up to date with the one that it goes to. */
async function updateBranch(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const { expected_head_sha } = await readBody(c, Update)
  const { issue, pull } = await openFreshPull(world, c, repository)
  if (expected_head_sha !== undefined && expected_head_sha !== pull.head_sha) {
    throw unprocessable("expected_head_sha didn't match the current head ref.")
  }
  const source = found(repositoryById(world.store, pull.head_repository_id ?? -1))
  if (source.id !== repository.id) throw unprocessable('Only branches of the same repository can be updated here.')
  if (!pull.is_behind) throw unprocessable('There are no new commits on the base branch.')
  const person = personOf(callerOf(c).user, world.now())
  const base = found(world.refs.get(repository.id, `refs/heads/${pull.base_ref}`))
  const message = `Merge branch '${pull.base_ref}' into ${pull.head_ref}`
  const after = await mergeCommit(world.git.at(repository.id), pull.head_sha, base, message, person, person)
  if (after === null) throw unprocessable('merge conflict between base and head')
  await moveRef(world, c, repository, { ref: `refs/heads/${pull.head_ref}`, before: pull.head_sha, after })
  const url = `${repositoryUrl(world.site, repository)}/pulls/${issue.number}`
  return c.json({ message: 'Updating pull request branch.', url }, 202)
}

function listReviewers({ store, site, ...world }: World, c: Call): Response {
  const repository = openRepository({ store, site, ...world }, c, 'read')
  const { pull } = openPull({ store, site, ...world }, c, repository)
  return c.json({ users: requestedReviewersOf(store, pull.id).map((user) => userJson(site, user)), teams: [] })
}

async function askReviewers(world: World, c: Call, isAsking: boolean): Promise<Response> {
  const { store, site } = world
  const repository = openRepository(world, c, 'write')
  const { reviewers } = await readBody(c, Reviewers)
  const { user } = callerOf(c)
  const { issue, pull } = openPull(world, c, repository)
  const users = reviewers.map((login) => {
    const reviewer = accountByLogin(store, login)
    if (!reviewer || roleOf(store, repository, reviewer) === 'none') {
      throw unprocessable(
        'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ' +
          `${repository.full_name} repository.`,
      )
    }
    if (isAsking && reviewer.id === issue.author_id)
      throw unprocessable('Review cannot be requested from pull request author.')
    return reviewer
  })
  store.transact(() => {
    for (const reviewer of users) {
      const changed = isAsking
        ? store.run(
            sql`insert into requested_reviewers (pull_id, user_id) values (${pull.id}, ${reviewer.id}) on conflict do nothing`,
          )
        : store.run(sql`delete from requested_reviewers where pull_id = ${pull.id} and user_id = ${reviewer.id}`)
      const action = isAsking ? 'review_requested' : 'review_request_removed'
      if (changed === 0) continue
      noteEvent(world, issue, user, action, { requested_reviewer: reviewer.id, review_requester: user.id })
      raiseFor(world, repository, issue, user, [{ action, body: { requested_reviewer: userJson(site, reviewer) } }])
    }
  })
  const shown = pullSummaryJson(world, repository, issue, found(pullById(store, pull.id)))
  return c.json(shown, isAsking ? 201 : 200)
}
