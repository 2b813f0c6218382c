import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import { keyOf } from '../runtime/names.ts'
import { intentOf, ownPlace, placeFound, sourceOf } from './calls.ts'
import { upload } from './deploy.ts'
import { problems } from './errors.ts'
import { currentVersion, listedVersion, shownDeployment, shownVersion } from './present.ts'
import { deploymentsOf, insertDeployment, versionWith, versionsOf } from './queries.ts'
import { Annotations, Share } from './schema.ts'
import type { Script, Version } from './schema.ts'
import { snapshotOf } from './snapshot.ts'
import { readUpload } from './upload.ts'

/** Versions of a script, and which of them are at work. */
export function versionRoutes(api: Api, cloud: Cloud): void {
  const base = '/accounts/:account/workers/scripts/:script'
  api.get(`${base}/versions`, (c) => listed(c, cloud))
  api.post(`${base}/versions`, async (c) => {
    const place = ownPlace(c)
    placeFound(cloud, place)
    const { version } = await upload(cloud, await readUpload(c), intentOf(c, place, false))
    return ok(shownVersion(version, cloud.account()))
  })
  api.get(`${base}/versions/:version`, (c) => {
    const script = placeFound(cloud, ownPlace(c))
    return ok(shownVersion(versionFound(cloud, script, c.req.param('version')), cloud.account()))
  })
  api.get(`${base}/deployments`, (c) => {
    const { id } = placeFound(cloud, ownPlace(c))
    const account = cloud.account()
    return ok({ deployments: deploymentsOf(cloud.store, id, 10).map((one) => shownDeployment(one, account)) })
  })
  api.post(`${base}/deployments`, (c) => deployed(c, cloud))
  api.get(`${base}/deployments/:deployment`, (c) => {
    const { id } = placeFound(cloud, ownPlace(c))
    const found = deploymentsOf(cloud.store, id, 1000).find((one) => one.id === c.req.param('deployment'))
    if (!found) throw problems.deploymentMissing()
    return ok(shownDeployment(found, cloud.account()))
  })
  api.delete(`${base}/deployments/:deployment`, (c) => {
    const { id } = placeFound(cloud, ownPlace(c))
    const [active, ...others] = deploymentsOf(cloud.store, id, 1000)
    const wanted = c.req.param('deployment')
    if (active?.id === wanted || !others.some((one) => one.id === wanted)) throw problems.deploymentMissing()
    cloud.store.run('delete from deployments where id = ?', wanted)
    return ok(null)
  })
}

export function versionFound(cloud: Cloud, { id }: Script, version: string): Version {
  const found = versionWith(cloud.store, id, version)
  if (!found) throw problems.versionMissing(version)
  return found
}

function listed(c: Context, cloud: Cloud): Response {
  const script = placeFound(cloud, ownPlace(c))
  const page = readPage(c, { usual: 10, most: 100 })
  const isDeployable = c.req.query('deployable') === 'true'
  const versions = isDeployable
    ? versionsOf(cloud.store, script.id, 100)
    : versionsOf(cloud.store, script.id, page.limit, page.offset)
  const total = cloud.store.count('select count(*) from versions where script_id = ?', script.id)
  const items = versions.map((version) => listedVersion(version, cloud.account()))
  return ok({ items }, { info: pageInfo(page, items.length, total) })
}

const Body = z.object({
  strategy: z.string().default('percentage'),
  versions: z.array(Share).min(1).max(2),
  annotations: Annotations.nullish(),
})

/** Puts a version to work, or two that share the requests. */
async function deployed(c: Context, cloud: Cloud): Promise<Response> {
  const place = ownPlace(c)
  const script = placeFound(cloud, place)
  const { versions: shares, annotations } = await readJson(c, Body, problems.badBody)
  const versions = shares.map((share) => versionFound(cloud, script, share.version_id))
  if (shares.reduce((sum, { percentage }) => sum + percentage, 0) !== 100) throw problems.badShares()
  if (c.req.query('force') !== 'true') proveSecrets(cloud, script, versions)
  const told = { source: sourceOf(c), annotations: Object.fromEntries(given(annotations ?? {})) }
  const undo = snapshotOf(cloud.store, place)
  cloud.store.transaction(() => insertDeployment(cloud.store, script.id, shares, told, cloud.now()))
  cloud.runtime.quarantine.release(keyOf(place))
  await cloud.runtime.apply(undo)
  const [active] = deploymentsOf(cloud.store, script.id, 1)
  if (!active) throw problems.deploymentMissing()
  return ok(shownDeployment(active, cloud.account()))
}

function given(annotations: Record<string, string | null>): [string, string][] {
  return Object.entries(annotations).flatMap(([name, value]) => (value ? [[name, value]] : []))
}

/** Going back to a version that knows other secrets must be meant: the newest version's are what people rely on. */
function proveSecrets(cloud: Cloud, script: Script, versions: readonly Version[]): void {
  const current = currentVersion(cloud.store, script)
  const [wanted] = versions
  if (!current || !wanted || wanted.number >= current.number) return
  const before = secretsIn(wanted)
  const after = secretsIn(current)
  const names = [...new Set([...before.keys(), ...after.keys()])]
  const different = names.filter((name) => before.get(name) !== after.get(name))
  if (different.length > 0) throw problems.secretsChanged(different)
}

function secretsIn({ bindings }: Version): Map<string, unknown> {
  const secrets = bindings.filter(({ type }) => type === 'secret_text')
  return new Map(secrets.map((binding) => [binding.name, binding['text']]))
}
