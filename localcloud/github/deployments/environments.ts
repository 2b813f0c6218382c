import type { Json } from '../accounts/present.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { nodeId } from '../platform/ids.ts'
import { pagedUnder } from '../platform/pages.ts'
import { found, unprocessable } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { ensureEnvironment, environmentNamed, environmentsOf } from './queries.ts'
import { allowedReviewers, reviewerJson } from './reviewers.ts'
import { EnvironmentSettings } from './schema.ts'
import type { Environment } from './schema.ts'

/** Where a repository is deployed to, and who must agree before. */
export const environmentRoutes = routesOf({
  'GET /repos/:owner/:repo/environments': list,
  'GET /repos/:owner/:repo/environments/:environment': show,
  'PUT /repos/:owner/:repo/environments/:environment': put,
  'DELETE /repos/:owner/:repo/environments/:environment': remove,
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return pagedUnder(c, 'environments', environmentsOf(world.store, repository.id), (each) =>
    environmentJson(world, repository, each),
  )
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(environmentJson(world, repository, openEnvironment(world, c, repository)))
}

async function put(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const repository = openRepository(world, c, 'admin')
  const wanted = await readBody(c, EnvironmentSettings)
  const policy = wanted.deployment_branch_policy
  if (policy && policy.protected_branches === policy.custom_branch_policies)
    throw unprocessable('Protected branches and custom branch policies cannot have the same value')
  const reviewers = allowedReviewers(world, repository, wanted.reviewers ?? [])
  if (wanted.prevent_self_review && reviewers.length === 0)
    throw unprocessable(
      'Failed to create or update the environment protection rule. Required reviewers must have at least one reviewer to set prevent_self_review.',
    )
  ensureEnvironment(store, repository.id, param(c, 'environment'), now())
  const { id } = openEnvironment(world, c, repository)
  store.update('environments', id, { settings: JSON.stringify({ ...wanted, reviewers }), updated_at: now() })
  return c.json(environmentJson(world, repository, openEnvironment(world, c, repository)))
}

function remove(world: World, c: Call): Response {
  const { id } = openEnvironment(world, c, openRepository(world, c, 'admin'))
  world.store.run(sql`delete from environments where id = ${id}`)
  return noContent()
}

function openEnvironment({ store }: World, c: Call, repository: Repository) {
  return found(environmentNamed(store, repository.id, param(c, 'environment')))
}

function environmentJson(world: World, repository: Repository, environment: Environment): Json {
  const { site } = world
  const { can_admins_bypass, deployment_branch_policy = null } = environment.settings
  const name = encodeURIComponent(environment.name)
  return {
    id: environment.id,
    node_id: nodeId('Environment', environment.id),
    name: environment.name,
    url: `${repositoryUrl(site, repository)}/environments/${name}`,
    html_url: `${site.html}/${repository.full_name}/deployments/activity_log?environments_filter=${name}`,
    created_at: isoTime(environment.created_at),
    updated_at: isoTime(environment.updated_at),
    can_admins_bypass,
    protection_rules: protectionRules(world, repository, environment),
    deployment_branch_policy,
  }
}

function protectionRules(world: World, repository: Repository, { id, settings }: Environment): Json[] {
  const { wait_timer, prevent_self_review, deployment_branch_policy } = settings
  const rule = (type: string, more: Json = {}) => ({ id, node_id: nodeId('Environment', id), type, ...more })
  const reviewers = (settings.reviewers ?? []).flatMap((each) => reviewerJson(world, repository, each) ?? [])
  return [
    ...(wait_timer > 0 ? [rule('wait_timer', { wait_timer })] : []),
    ...(reviewers.length > 0 ? [rule('required_reviewers', { prevent_self_review, reviewers })] : []),
    ...(deployment_branch_policy ? [rule('branch_policy')] : []),
  ]
}
