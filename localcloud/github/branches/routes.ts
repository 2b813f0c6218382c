import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { commitJson } from '../commits/present.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitsAt } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { protectionSummaryJson, protectionUrl } from './present.ts'
import { protectionFor } from './queries.ts'

const Rename = z.object({ new_name: z.string() })

/** Branches as such. */
export const branchRoutes = routesOf({
  'GET /repos/:owner/:repo/branches': list,
  'POST /repos/:owner/:repo/branches/:branch{.+}/rename': rename,
  'GET /repos/:owner/:repo/branches/:branch{.+}': show,
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const wanted = c.req.query('protected')
  const branches = world.refs.list(repository.id, 'refs/heads/').map(({ name, sha }) => {
    const branch = name.slice(11)
    return { branch, sha, protection: protectionFor(world.store, repository.id, branch) }
  })
  const shown = branches.filter(
    ({ protection }) => wanted === undefined || (protection !== null) === (wanted === 'true'),
  )
  return paged(c, shown, ({ branch, sha, protection }) => ({
    name: branch,
    commit: { sha, url: `${repositoryUrl(world.site, repository)}/commits/${sha}` },
    protected: protection !== null,
    protection: protectionSummaryJson(protection?.rules ?? null),
    protection_url: protectionUrl(world, repository, branch),
  }))
}

async function show(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const { branch, sha } = openBranch(world, c, repository)
  return c.json(await branchJson(world, repository, branch, sha))
}

/** The branch that the path names; GitHub has words of its own for one that is missing. */
export function openBranch(
  world: World,
  c: Call,
  repository: Repository,
): { readonly branch: string; readonly sha: string } {
  const branch = param(c, 'branch')
  const sha = world.refs.get(repository.id, `refs/heads/${branch}`)
  if (sha === null) throw new Problem(404, 'Branch not found')
  return { branch, sha }
}

async function branchJson(world: World, repository: Repository, branch: string, sha: string): Promise<Json> {
  const [commit] = await commitsAt(world.git.at(repository.id), [sha])
  const protection = protectionFor(world.store, repository.id, branch)
  const self = `${repositoryUrl(world.site, repository)}/branches/${encodeURIComponent(branch)}`
  return {
    name: branch,
    commit: commitJson(world, repository, found(commit)),
    _links: { self, html: `${world.site.html}/${repository.full_name}/tree/${branch}` },
    protected: protection !== null,
    protection: protectionSummaryJson(protection?.rules ?? null),
    protection_url: protectionUrl(world, repository, branch),
  }
}

/** Renames a branch; what pointed to the old name points to the new one. */
async function rename(world: World, c: Call): Promise<Response> {
  const { store, refs, git } = world
  const repository = openRepository(world, c, 'write')
  const { branch, sha } = openBranch(world, c, repository)
  const { new_name } = await readBody(c, Rename)
  const isDefault = repository.default_branch === branch
  if (isDefault) openRepository(world, c, 'admin')
  if (!(await git.at(repository.id).succeeds(['check-ref-format', '--branch', new_name]))) {
    throw unprocessable(`${new_name} is not a valid branch name.`)
  }
  if (refs.get(repository.id, `refs/heads/${new_name}`) !== null) throw unprocessable('New branch already exists')
  await refs.move(repository, callerOf(c).user, [
    { ref: `refs/heads/${new_name}`, before: null, after: sha },
    { ref: `refs/heads/${branch}`, before: sha, after: null },
  ])
  if (isDefault) await git.at(repository.id).bytes(['symbolic-ref', 'HEAD', `refs/heads/${new_name}`])
  store.transact(() => {
    if (isDefault) store.update('repositories', repository.id, { default_branch: new_name })
    store.run(
      sql`update branch_protections set pattern = ${new_name} where repository_id = ${repository.id} and pattern = ${branch}`,
    )
    store.run(sql`update pulls set base_ref = ${new_name} where base_ref = ${branch} and issue_id in
      (select id from issues where repository_id = ${repository.id} and state = 'open')`)
  })
  return c.json(await branchJson(world, repository, new_name, sha), 201)
}
