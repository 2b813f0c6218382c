import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { readJson } from '../body.ts'
import { installedOwners, isInstalledFor } from '../builds/installations.ts'
import type { Api, Cloud, Product } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { assetRoutes } from './asset-routes.ts'
import { merged } from './configs.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { domainRoutes } from './domain-routes.ts'
import * as refusals from './errors.ts'
import { pagesOf } from './paging.ts'
import { shownProject } from './present.ts'
import { namespace } from './publish.ts'
import * as queries from './queries.ts'
import { NewProject, ProjectChange, Source } from './schema.ts'
import type { Details, Project } from './schema.ts'

/** Pages: projects whose deployments are served as scripts with static files. */
export const pagesProduct: Product = { tables: queries.pagesTables, routes }

const base = '/accounts/:account/pages/projects'

function routes(api: Api, cloud: Cloud): void {
  projectRoutes(api, cloud)
  sourceRoutes(api, cloud)
  assetRoutes(api, cloud)
  deploymentRoutes(api, cloud)
  domainRoutes(api, cloud)
}

function projectRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(base, (c) => {
    const { result, info } = pagesOf(c, queries.allProjects(store), 10)
    return ok(
      result.map((project) => shownProject(cloud, project)),
      { info },
    )
  })
  api.post(base, async (c) => {
    const project = newProject(await readJson(c, NewProject, refusals.badBody), cloud.now())
    proveInstalled(cloud, project.details.source)
    store.transaction(() => {
      if (queries.allProjects(store).some(({ name }) => name === project.name)) throw refusals.nameTaken()
      queries.keepProject(store, project)
    })
    return ok(shownProject(cloud, project))
  })
  api.get(`${base}/:project`, (c) => ok(shownProject(cloud, queries.projectOf(store, c.req.param('project')))))
  api.patch(`${base}/:project`, async (c) => {
    const known = queries.projectOf(store, c.req.param('project'))
    queries.keepProject(store, changed(known, await readJson(c, ProjectChange, refusals.badBody)))
    return ok(shownProject(cloud, queries.projectOf(store, known.name)))
  })
  api.delete(`${base}/:project`, async (c) => {
    const project = queries.projectOf(store, c.req.param('project'))
    if (project.details.domains.length > 0) throw refusals.hasDomains()
    await remove(cloud, project)
    return ok(null)
  })
  api.post(`${base}/:project/purge_build_cache`, (c) => {
    queries.projectOf(store, c.req.param('project'))
    return ok(null)
  })
}

function newProject(sent: z.infer<typeof NewProject>, at: number): Project {
  const { name, production_branch, build_config, deployment_configs: configs, source } = sent
  if (!/^[a-z0-9]([a-z0-9-]{0,56}[a-z0-9])?$/.test(name)) throw refusals.badName()
  const deployment_configs = { preview: merged({}, configs?.preview), production: merged({}, configs?.production) }
  const details = { build_config: build_config ?? {}, deployment_configs, source, domains: [] }
  return { id: randomUUID(), name, production_branch, created_at: at, details }
}

function changed(project: Project, change: ProjectChange): Project {
  const { details } = project
  const { preview, production } = details.deployment_configs
  return {
    ...project,
    production_branch: change.production_branch ?? project.production_branch,
    details: {
      ...details,
      build_config: { ...details.build_config, ...change.build_config },
      deployment_configs: {
        preview: merged(preview, change.deployment_configs?.preview),
        production: merged(production, change.deployment_configs?.production),
      },
      source: change.source === undefined ? details.source : change.source,
    },
  }
}

async function remove(cloud: Cloud, { id, name }: Project): Promise<void> {
  const { store } = cloud
  store.transaction(() => {
    queries.removeProject(store, id)
    store.run('delete from scripts where namespace = ? and (name = ? or name glob ?)', namespace, name, `*.${name}`)
  })
  await cloud.runtime.apply()
}

/** Whoever has never said where the Git application is installed may link anything. */
function proveInstalled({ store }: Cloud, source: Details['source']): void {
  if (!source || installedOwners(store).length === 0) return
  if (!isInstalledFor(store, String(source.config['owner']))) throw refusals.notInstalled()
}

/** Connects a project to a repository: kept and given back. Nobody builds here. */
function sourceRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.post(`${base}/:project/source`, async (c) => {
    const project = queries.projectOf(store, c.req.param('project'))
    const source = await readJson(c, Source, refusals.badBody)
    proveInstalled(cloud, source)
    queries.keepProject(store, { ...project, details: { ...project.details, source } })
    return ok(shownProject(cloud, queries.projectOf(store, project.name)))
  })
  api.delete(`${base}/:project/source`, (c) => {
    const project = queries.projectOf(store, c.req.param('project'))
    if (!project.details.source) throw refusals.notConnected()
    queries.keepProject(store, { ...project, details: { ...project.details, source: null } })
    return ok(shownProject(cloud, queries.projectOf(store, project.name)))
  })
}
