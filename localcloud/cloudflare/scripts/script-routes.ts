import type { Context } from 'hono'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageOf } from '../pages.ts'
import { codeFound, intentOf, ownPlace, placeFound, proveName } from './calls.ts'
import type { PlaceOf } from './calls.ts'
import { storeVersion, upload } from './deploy.ts'
import type { Stored } from './deploy.ts'
import { draftFrom } from './derive.ts'
import { problems } from './errors.ts'
import { currentVersion, iso, shownScript } from './present.ts'
import { scriptsIn } from './queries.ts'
import { removeScript } from './removal.ts'
import type { Module, Version } from './schema.ts'
import { readUpload, storeModules } from './upload.ts'

/** Scripts as a whole: list, upload, code, deletion. */
export function scriptRoutes(api: Api, cloud: Cloud): void {
  api.get('/accounts/:account/workers/scripts', (c) => ok(listed(cloud, '', c.req.query('tags'))))
  api.get('/accounts/:account/workers/scripts-search', (c) => searched(c, cloud))
  codeRoutes(api, cloud, '/accounts/:account/workers/scripts/:script', ownPlace)
  api.get('/accounts/:account/workers/scripts/:script/content/v2', (c) =>
    content(cloud, codeFound(cloud, ownPlace(c)).version, true),
  )
}

/** The routes of a script's code, wherever it lives. */
export function codeRoutes(api: Api, cloud: Cloud, base: string, placeOf: PlaceOf): void {
  api.put(base, async (c) => {
    const place = placeOf(c)
    proveName(place)
    return ok(shownStored(await upload(cloud, await readUpload(c), intentOf(c, place, true))))
  })
  api.get(base, (c) => content(cloud, codeFound(cloud, placeOf(c)).version, false))
  api.delete(base, async (c) => {
    await removeScript(cloud, placeOf(c), c.req.query('force') === 'true')
    return ok(null)
  })
  contentRoutes(api, cloud, base, placeOf)
}

/** The modules alone. */
export function contentRoutes(api: Api, cloud: Cloud, base: string, placeOf: PlaceOf): void {
  api.put(`${base}/content`, (c) => replaced(c, cloud, placeOf))
  api.get(`${base}/content`, (c) => content(cloud, codeFound(cloud, placeOf(c)).version, true))
}

/** What an upload is answered with. */
export function shownStored({ script, version, deploymentId }: Stored): object {
  return {
    ...shownScript(script, version),
    startup_time_ms: version.startup_ms,
    entry_point: version.main,
    ...(deploymentId === null ? {} : { deployment_id: version.id.replaceAll('-', '') }),
  }
}

/** `tags` is a list of `tag:yes` and `tag:no`. */
export function listed(cloud: Cloud, namespace: string, tags = ''): object[] {
  const wanted = tags.split(',').flatMap((text) => {
    const [, tag, answer] = /^(.+):(yes|no)$/.exec(text.trim()) ?? []
    return tag === undefined ? [] : [{ tag, isWanted: answer === 'yes' }]
  })
  return scriptsIn(cloud.store, namespace)
    .filter(({ settings }) => wanted.every(({ tag, isWanted }) => (settings.tags ?? []).includes(tag) === isWanted))
    .map((script) => shownScript(script, currentVersion(cloud.store, script)))
}

function searched(c: Context, cloud: Cloud): Response {
  const { name, id } = c.req.query()
  const found = scriptsIn(cloud.store, '').filter(
    (script) => (name === undefined || script.name.includes(name)) && (id === undefined || script.id === id),
  )
  const { result, info } = pageOf(c, found, { usual: 10 })
  return ok(
    result.map((script) => ({
      id: script.id,
      script_name: script.name,
      service_name: script.name,
      environment_name: 'production',
      environment_is_default: true,
      created_on: iso(script.created_on),
      modified_on: iso(script.modified_on),
    })),
    { info },
  )
}

/** New code; bindings and settings stay. The main module is named by a header or by the metadata. */
async function replaced(c: Context, cloud: Cloud, placeOf: PlaceOf): Promise<Response> {
  const place = placeOf(c)
  placeFound(cloud, place)
  const { metadata, parts } = await readUpload(c)
  const body = c.req.header('cf-worker-body-part') ?? metadata.body_part
  const main = c.req.header('cf-worker-main-module-part') ?? metadata.main_module ?? body
  if (main === undefined) throw problems.badMetadata('main_module or body_part is required')
  const modules = storeModules(parts, main, main === body, cloud.blobs)
  if (!modules.some(({ name }) => name === main)) throw problems.noSuchModule(main)
  const change = { main, modules, annotations: { 'workers/triggered_by': 'content' } }
  return ok(shownStored(await storeVersion(cloud, intentOf(c, place, true), draftFrom(c, change))))
}

const types: Readonly<Record<Module['kind'], string>> = {
  esm: 'application/javascript+module',
  cjs: 'application/javascript',
  service: 'application/javascript',
  wasm: 'application/wasm',
  data: 'application/octet-stream',
  text: 'text/plain',
  json: 'application/json',
  python: 'text/x-python',
  requirement: 'text/x-python-requirement',
}

/** The code as it was uploaded: one module bare, several as the parts of a form. */
function content(cloud: Cloud, { main, modules, etag }: Version, asForm: boolean): Response {
  const headers = { etag, 'cf-entrypoint': main }
  const [only] = modules
  if (!asForm && modules.length === 1 && only) {
    return new Response(new Uint8Array(cloud.blobs.get(only.hash)), {
      headers: { ...headers, 'content-type': types[only.kind] },
    })
  }
  const form = new FormData()
  for (const { name, kind, hash } of modules) {
    form.append(name, new File([new Uint8Array(cloud.blobs.get(hash))], name, { type: types[kind] }))
  }
  return new Response(form, { headers })
}
