import type { Context } from 'hono'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { keyOf } from '../runtime/names.ts'
import type { Store } from '../store.ts'
import * as refusals from './errors.ts'
import { pagesOf } from './paging.ts'
import { placeOf, shownDeployment } from './present.ts'
import { namespace, publish, republish } from './publish.ts'
import type { Sent } from './publish.ts'
import * as queries from './queries.ts'
import type { Deployment, DeploymentDetails, Project } from './schema.ts'

const base = '/accounts/:account/pages/projects/:project/deployments'
const one = `${base}/:deployment`

/** Deployments: made of uploaded files, listed, gone back to. */
export function deploymentRoutes(api: Api, cloud: Cloud): void {
  listRoutes(api, cloud)
  singleRoutes(api, cloud)
  tailRoutes(api, cloud)
}

function listRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(base, (c) => {
    const project = queries.projectOf(store, c.req.param('project'))
    const env = c.req.query('env')
    const all = queries
      .deploymentsOf(store, project)
      .filter(({ environment }) => env === undefined || env === environment)
    const { result, info } = pagesOf(c, all, 25)
    return ok(
      result.map((deployment) => shownDeployment(cloud, project, deployment)),
      { info },
    )
  })
  api.post(base, async (c) => {
    const project = queries.projectOf(store, c.req.param('project'))
    const id = await create(cloud, project, await c.req.formData().catch(() => new FormData()))
    return ok(shownDeployment(cloud, project, queries.deploymentOf(store, project, id)))
  })
}

/** Finds the deployment that a path names. */
function found(store: Store, c: Context): [Project, Deployment] {
  const project = queries.projectOf(store, c.req.param('project') ?? '')
  return [project, queries.deploymentOf(store, project, c.req.param('deployment') ?? '')]
}

function singleRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.get(one, (c) => ok(shownDeployment(cloud, ...found(store, c))))
  api.delete(one, (c) => {
    const [project, deployment] = found(store, c)
    const active = queries.activeOf(store, project, deployment.branch)
    const isLive = active?.id === deployment.id
    if (isLive && (deployment.environment === 'production' || c.req.query('force') !== 'true'))
      throw refusals.isActive()
    queries.removeDeployment(store, deployment.id)
    return ok(null)
  })
  api.post(`${one}/rollback`, async (c) => {
    const [project, deployment] = found(store, c)
    const { environment, details } = deployment
    if (environment !== 'production' || details.version_id === null) throw refusals.noDeployment()
    await republish(cloud, project, details.version_id)
    queries.activate(store, deployment)
    return ok(shownDeployment(cloud, project, deployment))
  })
  api.post(`${one}/retry`, (c) => ok(shownDeployment(cloud, ...found(store, c))))
  api.get(`${one}/history/logs`, (c) => {
    found(store, c)
    return ok({ total: 0, includes_container_logs: false, data: [] })
  })
}

function tailRoutes(api: Api, cloud: Cloud): void {
  const { store } = cloud
  api.post(`${one}/tails`, (c) => {
    const [project, { environment, branch }] = found(store, c)
    const key = keyOf({ namespace, name: placeOf(project, environment, branch) })
    const { id, expires } = cloud.tails.open(key, [], cloud.now())
    const url = `${cloud.url().replace(/^http/, 'ws')}/tails/${id}`
    return ok({ id, url, expires_at: new Date(expires).toISOString() })
  })
  api.delete(`${one}/tails/:tail`, (c) => {
    found(store, c)
    cloud.tails.close(c.req.param('tail'))
    return ok(null)
  })
}

async function create(cloud: Cloud, project: Project, form: FormData): Promise<string> {
  const { store } = cloud
  const branch = (await textIn(form, 'branch')) ?? project.production_branch
  const environment = branch === project.production_branch ? ('production' as const) : ('preview' as const)
  const manifest = await textIn(form, 'manifest')
  // Without files a connected project is built; that is left to whoever holds the repository.
  if (manifest === null && !project.details.source) throw refusals.noManifest()
  const sent = manifest === null ? null : await sentIn(form, manifest)
  const version = sent ? await publish(cloud, project, { environment, branch }, sent) : null
  const details = await detailsIn(form, project, environment, version, sent?.worker !== null)
  return store.transaction(() => {
    const id = queries.addDeployment(store, project, { branch, environment, details }, cloud.now())
    if (version !== null) queries.activate(store, { project_id: project.id, branch, id })
    return id
  })
}

async function sentIn(form: FormData, manifest: string): Promise<Sent> {
  const worker = form.get('_worker.bundle') ?? form.get('_worker.js')
  return {
    manifest,
    worker: worker === null ? null : typeof worker === 'string' ? new File([worker], '_worker.js') : worker,
    routes: await textIn(form, '_routes.json'),
    headers: await textIn(form, '_headers'),
    redirects: await textIn(form, '_redirects'),
  }
}

async function textIn(form: FormData, name: string): Promise<string | null> {
  const value = form.get(name)
  return value === null || typeof value === 'string' ? value : value.text()
}

async function detailsIn(
  form: FormData,
  { details }: Project,
  environment: Deployment['environment'],
  version: string | null,
  usesFunctions: boolean,
): Promise<DeploymentDetails> {
  const variables = Object.entries(details.deployment_configs[environment].env_vars ?? {})
  const shown = variables.flatMap(([name, variable]) =>
    variable ? [[name, variable.type === 'secret_text' ? { ...variable, value: '' } : variable]] : [],
  )
  return {
    version_id: version,
    commit_hash: (await textIn(form, 'commit_hash')) ?? '',
    commit_message: (await textIn(form, 'commit_message')) ?? '',
    commit_dirty: (await textIn(form, 'commit_dirty')) === 'true',
    uses_functions: version !== null && usesFunctions,
    env_vars: Object.fromEntries(shown),
  }
}
