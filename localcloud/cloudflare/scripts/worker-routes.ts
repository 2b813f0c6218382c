import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, pageOf, readPage } from '../pages.ts'
import { intentOf, proveName } from './calls.ts'
import { mergeSettings, upload } from './deploy.ts'
import { problems } from './errors.ts'
import { Metadata } from './metadata.ts'
import {
  activeDeployment,
  ensureScript,
  latestVersion,
  scriptAt,
  scriptNamed,
  scriptsIn,
  versionWith,
  versionsOf,
} from './queries.ts'
import { removeScript } from './removal.ts'
import type { Script } from './schema.ts'
import { partsOf } from './upload.ts'
import { changedLatest } from './worker-patch.ts'
import { shownWorker, shownWorkerVersion } from './worker-present.ts'

const Consumers = z.array(z.object({ name: z.string() })).nullish()

/** A Worker of the JSON API: consumers are called by `name` here, by `service` elsewhere. */
const Body = z.looseObject({
  name: z.string().optional(),
  logpush: z.boolean().optional(),
  observability: z.looseObject({ enabled: z.boolean().default(false) }).optional(),
  subdomain: z.looseObject({ enabled: z.boolean().optional(), previews_enabled: z.boolean().optional() }).optional(),
  tags: z.array(z.string()).optional(),
  tail_consumers: Consumers,
})
type Body = z.infer<typeof Body>

/** Workers as the JSON API has them, by name or by tag. */
export function workerRoutes(api: Api, cloud: Cloud): void {
  const all = '/accounts/:account/workers/workers'
  const one = `${all}/:worker`
  api.get(all, (c) => {
    const sorted = scriptsIn(cloud.store, '').toSorted((a, b) => b.modified_on - a.modified_on)
    const { result, info } = pageOf(c, sorted, { usual: 10 })
    return ok(
      result.map((script) => shownWorker(cloud, script)),
      { info },
    )
  })
  api.post(all, async (c) => {
    const body = await readJson(c, Body, problems.badBody)
    const place = { namespace: '', name: body.name ?? '' }
    proveName(place)
    cloud.store.transaction(() => change(cloud, ensureScript(cloud.store, place, cloud.now()), body))
    return ok(shownWorker(cloud, found(cloud, place.name)))
  })
  api.get(one, (c) => ok(shownWorker(cloud, found(cloud, c.req.param('worker')))))
  for (const method of ['PUT', 'PATCH']) {
    api.on(method, one, async (c) => {
      const { id } = found(cloud, c.req.param('worker'))
      const body = await readJson(c, Body, problems.badBody)
      const before = found(cloud, id).name
      cloud.store.transaction(() => change(cloud, id, body))
      if (body.tail_consumers !== undefined || found(cloud, id).name !== before) await cloud.runtime.apply()
      return ok(shownWorker(cloud, found(cloud, id)))
    })
  }
  api.delete(one, async (c) => {
    const { name } = found(cloud, c.req.param('worker'))
    await removeScript(cloud, { namespace: '', name }, true)
    return ok(null)
  })
  versionRoutes(api, cloud, one)
}

function found(cloud: Cloud, key = ''): Script {
  const script = scriptNamed(cloud.store, key)
  if (!script) throw problems.scriptMissing()
  return script
}

function change(
  cloud: Cloud,
  id: string,
  { name, logpush, observability, subdomain, tags, tail_consumers: consumers }: Body,
): void {
  if (name !== undefined) rename(cloud, id, name)
  mergeSettings(cloud.store, id, {
    ...(logpush === undefined ? {} : { logpush }),
    ...(observability === undefined ? {} : { observability }),
    ...(tags === undefined ? {} : { tags }),
    ...(consumers ? { tail_consumers: consumers.map((consumer) => ({ service: consumer.name })) } : {}),
  })
  const { enabled, previews_enabled: previews } = subdomain ?? {}
  if (enabled !== undefined) cloud.store.run('update scripts set is_enabled = ? where id = ?', Number(enabled), id)
  if (previews !== undefined) cloud.store.run('update scripts set has_previews = ? where id = ?', Number(previews), id)
  cloud.store.run('update scripts set modified_on = ? where id = ?', cloud.now(), id)
}

function rename({ store }: Cloud, id: string, name: string): void {
  const place = { namespace: '', name }
  proveName(place)
  if ((scriptAt(store, place)?.id ?? id) !== id) throw problems.nameTaken(name)
  store.run('update scripts set name = ? where id = ?', name, id)
}

const NewVersion = Metadata.extend({ modules: z.unknown().optional() })

function versionRoutes(api: Api, cloud: Cloud, one: string): void {
  api.get(`${one}/versions`, (c) => {
    const script = found(cloud, c.req.param('worker'))
    const page = readPage(c, { usual: 10 })
    const versions = versionsOf(cloud.store, script.id, page.limit, page.offset)
    const total = cloud.store.count('select count(*) from versions where script_id = ?', script.id)
    return ok(
      versions.map((version) => shownWorkerVersion(cloud, script, version)),
      { info: pageInfo(page, versions.length, total) },
    )
  })
  api.post(`${one}/versions`, async (c) => {
    const { name } = found(cloud, c.req.param('worker'))
    const { modules, ...metadata } = await readJson(c, NewVersion, problems.badBody)
    const intent = intentOf(c, { namespace: '', name }, isDeploy(c))
    const { script, version } = await upload(cloud, { metadata, parts: partsOf(modules) }, intent)
    return ok(shownWorkerVersion(cloud, script, version))
  })
  api.patch(`${one}/versions/latest`, async (c) => {
    const { name } = found(cloud, c.req.param('worker'))
    return ok(await changedLatest(c, cloud, name, isDeploy(c)))
  })
  api.get(`${one}/versions/:version`, (c) => {
    const script = found(cloud, c.req.param('worker'))
    const id = c.req.param('version') ?? ''
    const version = id === 'latest' ? latestVersion(cloud.store, script.id) : versionWith(cloud.store, script.id, id)
    if (!version) throw problems.betaVersionMissing(id)
    return ok(shownWorkerVersion(cloud, script, version, c.req.query('include') === 'modules'))
  })
  api.delete(`${one}/versions/:version`, (c) => {
    const script = found(cloud, c.req.param('worker'))
    const id = c.req.param('version') ?? ''
    const active = activeDeployment(cloud.store, script.id)?.versions.map((share) => share.version_id) ?? []
    if (!versionWith(cloud.store, script.id, id)) throw problems.betaVersionMissing(id)
    if (active.includes(id)) throw problems.badBody(`version ${id} is deployed`)
    cloud.store.run('delete from versions where id = ?', id)
    return ok(null)
  })
}

function isDeploy(c: Context): boolean {
  return c.req.query('deploy') === 'true'
}
