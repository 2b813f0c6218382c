import type { Cloud } from '../cloud.ts'
import { shownConfig } from './configs.ts'
import { activeOf, deploymentsOf } from './queries.ts'
import type { Deployment, Project } from './schema.ts'

/** Where a project, or a branch of it, can be seen. */
export function urlOf({ url }: Pick<Cloud, 'url'>, { name }: Project, place: string = name): string {
  return place === name ? `${url()}/pages/${name}` : `${url()}/pages/${place}`
}

export function shownProject(cloud: Cloud, project: Project): object {
  const { id, name, production_branch, created_at, details } = project
  const [latest] = deploymentsOf(cloud.store, project)
  const canonical = activeOf(cloud.store, project, production_branch)
  const subdomain = `${name}.pages.dev`
  return {
    id,
    name,
    subdomain,
    domains: [subdomain, ...details.domains.map((domain) => domain.name)],
    ...(details.source ? { source: details.source } : {}),
    build_config: { build_command: null, destination_dir: null, root_dir: null, ...analytics, ...details.build_config },
    deployment_configs: {
      preview: shownConfig(details.deployment_configs.preview),
      production: shownConfig(details.deployment_configs.production),
    },
    framework: '',
    framework_version: '',
    uses_functions: latest?.details.uses_functions ?? false,
    production_branch,
    production_script_name: `pages-worker--${id.slice(0, 8)}-production`,
    preview_script_name: `pages-worker--${id.slice(0, 8)}-preview`,
    created_on: new Date(created_at).toISOString(),
    latest_deployment: latest ? shownDeployment(cloud, project, latest) : null,
    canonical_deployment: canonical ? shownDeployment(cloud, project, canonical) : null,
  }
}

const analytics = { web_analytics_tag: null, web_analytics_token: null }

export function shownDeployment(cloud: Cloud, project: Project, deployment: Deployment): object {
  const { id, branch, environment, created_at, details } = deployment
  const at = new Date(created_at).toISOString()
  const isBuilt = details.version_id !== null
  const stages = ['queued', 'initialize', 'clone_repo', 'build', 'deploy'].map((name) => {
    const isWaiting = !isBuilt && name !== 'queued'
    const status = isWaiting ? 'idle' : isBuilt ? 'success' : 'active'
    return { name, status, started_on: isWaiting ? null : at, ended_on: isBuilt ? at : null }
  })
  const place = placeOf(project, environment, branch)
  return {
    id,
    short_id: id.slice(0, 8),
    project_id: project.id,
    project_name: project.name,
    environment,
    url: urlOf(cloud, project, place),
    aliases: environment === 'preview' ? [urlOf(cloud, project, place)] : null,
    created_on: at,
    modified_on: at,
    latest_stage: stages.at(isBuilt ? -1 : 0),
    stages,
    deployment_trigger: {
      type: 'ad_hoc',
      metadata: {
        branch,
        commit_hash: details.commit_hash,
        commit_message: details.commit_message,
        commit_dirty: details.commit_dirty,
      },
    },
    env_vars: details.env_vars,
    build_config: { build_command: null, destination_dir: null, root_dir: null, ...analytics },
    source: project.details.source ?? null,
    is_skipped: false,
    uses_functions: details.uses_functions,
  }
}

/** The name under which the runtime serves a branch: the project's own for production, `<branch>.<project>` otherwise. */
export function placeOf({ name }: Project, environment: Deployment['environment'], branch: string): string {
  if (environment === 'production') return name
  const alias = branch
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return `${alias.slice(0, 28) || 'preview'}.${name}`
}
