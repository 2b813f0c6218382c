import type { Json } from '../accounts/present.ts'
import { userJsonOrNull } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Deployment, DeploymentStatus } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function deploymentJson({ store, site }: Shown, repository: Repository, deployment: Deployment): Json {
  const root = repositoryUrl(site, repository)
  const url = `${root}/deployments/${deployment.id}`
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    task: deployment.task,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: isoTime(deployment.created_at),
    updated_at: isoTime(deployment.updated_at),
    statuses_url: `${url}/statuses`,
    repository_url: root,
    creator: userJsonOrNull(site, accountById(store, deployment.creator_id)),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: deployment.payload,
    transient_environment: deployment.transient_environment,
    production_environment: deployment.production_environment,
    performed_via_github_app: null,
  }
}

export function deploymentStatusJson(
  { store, site }: Shown,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
): Json {
  const root = repositoryUrl(site, repository)
  const url = `${root}/deployments/${deployment.id}`
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: userJsonOrNull(site, accountById(store, status.creator_id)),
    description: status.description,
    environment: status.environment,
    target_url: status.target_url,
    created_at: isoTime(status.created_at),
    updated_at: isoTime(status.created_at),
    deployment_url: url,
    repository_url: root,
    environment_url: status.environment_url,
    log_url: status.log_url,
    performed_via_github_app: null,
  }
}
