import { z } from 'zod'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { deploymentJson, deploymentStatusJson } from './present.ts'
import { deploymentOf, deploymentStatusOf, deploymentStatusesOf, deploymentsOf, ensureEnvironment } from './queries.ts'
import { states } from './schema.ts'

const NewDeployment = z.object({
  ref: z.string(),
  task: z.string().default('deploy'),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).nullish(),
  payload: z.union([z.record(z.string(), z.unknown()), z.string()]).default({}),
  environment: z.string().default('production'),
  description: z.string().nullish(),
  transient_environment: z.boolean().default(false),
  production_environment: z.boolean().optional(),
})
const NewStatus = z.object({
  state: z.enum(states),
  target_url: z.string().default(''),
  log_url: z.string().optional(),
  description: z.string().default(''),
  environment: z.string().optional(),
  environment_url: z.string().default(''),
  auto_inactive: z.boolean().default(true),
})

/** Deployments, and what became of them. */
export const deploymentRoutes = routesOf({
  'GET /repos/:owner/:repo/deployments': list,
  'POST /repos/:owner/:repo/deployments': create,
  'GET /repos/:owner/:repo/deployments/:deployment': show,
  'DELETE /repos/:owner/:repo/deployments/:deployment': remove,
  'GET /repos/:owner/:repo/deployments/:deployment/statuses': listStatuses,
  'POST /repos/:owner/:repo/deployments/:deployment/statuses': createStatus,
  'GET /repos/:owner/:repo/deployments/:deployment/statuses/:status': showStatus,
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return paged(c, deploymentsOf(world.store, repository.id, c.req.query()), (each) =>
    deploymentJson(world, repository, each),
  )
}

async function create(world: World, c: Call): Promise<Response> {
  const { store, events, now } = world
  const repository = openRepository(world, c, 'write')
  const { auto_merge: _, required_contexts, ...wanted } = await readBody(c, NewDeployment)
  const commit = await commitNamed(world.git.at(repository.id), wanted.ref)
  if (!commit) throw unprocessable(`No ref found for: ${wanted.ref}`)
  refuseUnproved(world, repository, commit.sha, required_contexts)
  const { user } = callerOf(c)
  const shown = store.transact(() => {
    const at = now()
    ensureEnvironment(store, repository.id, wanted.environment, at)
    const id = store.insert('deployments', {
      ...wanted,
      repository_id: repository.id,
      sha: commit.sha,
      description: wanted.description ?? null,
      payload: JSON.stringify(wanted.payload),
      production_environment: wanted.production_environment ?? wanted.environment === 'production',
      creator_id: user.id,
      created_at: at,
      updated_at: at,
    })
    const deployment = deploymentJson(world, repository, found(deploymentOf(store, repository.id, id)))
    const body = { deployment, workflow: null, workflow_run: null }
    events.raise({ name: 'deployment', action: 'created', repository, sender: user, body })
    return deployment
  })
  return c.json(shown, 201, { location: String(shown['url']) })
}

/** What has not passed its checks is not deployed; an empty list asks for none. */
function refuseUnproved(
  world: World,
  repository: Repository,
  sha: string,
  required: readonly string[] | null | undefined,
): void {
  const known = world.contexts.of(repository.id, sha)
  const contexts = (required ?? [...known.keys()]).map((context) => ({
    context,
    state: known.get(context) ?? 'pending',
  }))
  if (contexts.every(({ state }) => state === 'success')) return
  const message = `Conflict: Commit status checks failed for ${sha.slice(0, 7)}.`
  throw new Problem(409, message, {
    errors: [{ contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
  })
}

function show(world: World, c: Call): Response {
  const { repository, deployment } = openDeployment(world, c, 'read')
  return c.json(deploymentJson(world, repository, deployment))
}

function remove(world: World, c: Call): Response {
  const { store } = world
  const { deployment } = openDeployment(world, c, 'write')
  const [latest] = deploymentStatusesOf(store, deployment.id)
  const all = deploymentsOf(store, deployment.repository_id, {})
  if (all.length > 1 && latest?.state !== 'inactive') {
    const message = 'Cannot delete an active deployment unless it is the only deployment in a given environment.'
    throw new Problem(422, 'Validation Failed', { errors: [message] })
  }
  store.run(sql`delete from deployments where id = ${deployment.id}`)
  return noContent()
}

function listStatuses(world: World, c: Call): Response {
  const { repository, deployment } = openDeployment(world, c, 'read')
  return paged(c, deploymentStatusesOf(world.store, deployment.id), (each) =>
    deploymentStatusJson(world, repository, deployment, each),
  )
}

async function createStatus(world: World, c: Call): Promise<Response> {
  const { store, events, now } = world
  const { repository, deployment } = openDeployment(world, c, 'write')
  const { auto_inactive, log_url, environment = deployment.environment, ...wanted } = await readBody(c, NewStatus)
  const { user } = callerOf(c)
  const shown = store.transact(() => {
    const url = log_url ?? wanted.target_url
    const at = now()
    const row = {
      ...wanted,
      deployment_id: deployment.id,
      environment,
      log_url: url,
      target_url: url,
      creator_id: user.id,
      created_at: at,
    }
    const id = store.insert('deployment_statuses', row)
    store.update('deployments', deployment.id, { updated_at: at })
    if (wanted.state === 'success' && auto_inactive)
      retireOthers(world, repository, deployment.id, environment, user.id)
    const status = deploymentStatusJson(
      world,
      repository,
      deployment,
      found(deploymentStatusOf(store, deployment.id, id)),
    )
    const current = found(deploymentOf(store, repository.id, deployment.id))
    const body = { deployment_status: status, deployment: deploymentJson(world, repository, current) }
    events.raise({ name: 'deployment_status', action: 'created', repository, sender: user, body })
    return status
  })
  return c.json(shown, 201, { location: String(shown['url']) })
}

/** A new success ends what was deployed there before, but for what was meant to be short-lived or is production. */
function retireOthers(
  { store, now }: World,
  repository: Repository,
  deployment: number,
  environment: string,
  user: number,
): void {
  for (const other of deploymentsOf(store, repository.id, { environment })) {
    const isActive = deploymentStatusesOf(store, other.id)[0]?.state === 'success'
    if (other.id === deployment || !isActive || other.transient_environment || other.production_environment) continue
    const empty = { description: '', target_url: '', log_url: '', environment_url: '' }
    store.insert('deployment_statuses', {
      deployment_id: other.id,
      state: 'inactive',
      environment,
      ...empty,
      creator_id: user,
      created_at: now(),
    })
  }
}

function showStatus(world: World, c: Call): Response {
  const { repository, deployment } = openDeployment(world, c, 'read')
  const status = found(deploymentStatusOf(world.store, deployment.id, numberParam(c, 'status')))
  return c.json(deploymentStatusJson(world, repository, deployment, status))
}

function openDeployment(world: World, c: Call, role: 'read' | 'write') {
  const repository = openRepository(world, c, role)
  return { repository, deployment: found(deploymentOf(world.store, repository.id, numberParam(c, 'deployment'))) }
}
