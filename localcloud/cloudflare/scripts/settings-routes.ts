import type { Context } from 'hono'
import { z } from 'zod'
import { parseJson, readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { codeFound, intentOf, ownPlace, placeFound } from './calls.ts'
import type { PlaceOf } from './calls.ts'
import { resolveBindings } from './checks.ts'
import { mergeSettings, storeVersion } from './deploy.ts'
import { draftFrom } from './derive.ts'
import { problems } from './errors.ts'
import { Metadata } from './metadata.ts'
import { shownScriptSettings, shownSettings } from './present.ts'
import { scriptAt } from './queries.ts'
import { ScriptSettings } from './schema.ts'

/** Settings of a script and of its versions. */
export function settingsRoutes(api: Api, cloud: Cloud): void {
  const base = '/accounts/:account/workers/scripts/:script'
  settingsRoutesAt(api, cloud, base, ownPlace)
  api.get(`${base}/usage-model`, (c) => {
    placeFound(cloud, ownPlace(c))
    return ok({ usage_model: 'standard' })
  })
  api.put(`${base}/usage-model`, (c) => {
    placeFound(cloud, ownPlace(c))
    return ok({ usage_model: 'standard' })
  })
  api.get('/accounts/:account/workers/account-settings', () =>
    ok({ default_usage_model: 'standard', green_compute: false }),
  )
  api.put('/accounts/:account/workers/account-settings', () =>
    ok({ default_usage_model: 'standard', green_compute: false }),
  )
}

/** The same for scripts of any place. */
export function settingsRoutesAt(api: Api, cloud: Cloud, base: string, placeOf: PlaceOf): void {
  api.get(`${base}/settings`, (c) => {
    const { script, version } = codeFound(cloud, placeOf(c))
    return ok(shownSettings(script, version))
  })
  api.patch(`${base}/settings`, (c) => patched(c, cloud, placeOf))
  api.get(`${base}/bindings`, (c) => {
    const { script, version } = codeFound(cloud, placeOf(c))
    return ok(z.object({ bindings: z.array(z.unknown()) }).parse(shownSettings(script, version)).bindings)
  })
  api.get(`${base}/script-settings`, (c) => ok(shownScriptSettings(placeFound(cloud, placeOf(c)))))
  api.patch(`${base}/script-settings`, async (c) => {
    const { id } = placeFound(cloud, placeOf(c))
    const before = JSON.stringify(placeFound(cloud, placeOf(c)).settings.tail_consumers ?? [])
    mergeSettings(cloud.store, id, await readJson(c, ScriptSettings.partial(), problems.badBody))
    const after = placeFound(cloud, placeOf(c))
    // Only the consumers of its traces concern the runtime.
    if (JSON.stringify(after.settings.tail_consumers ?? []) !== before) await cloud.runtime.apply()
    return ok(shownScriptSettings(after))
  })
}

/** A new version with other settings and the same code. They come as one part of a form. */
async function patched(c: Context, cloud: Cloud, placeOf: PlaceOf): Promise<Response> {
  const place = placeOf(c)
  placeFound(cloud, place)
  const form = await c.req.formData().catch(() => {
    throw problems.notMultipart()
  })
  const part = form.get('settings')
  if (part === null) throw problems.noMetadata()
  const text = typeof part === 'string' ? part : await part.text()
  const given = parseJson(text, z.record(z.string(), z.unknown()), problems.badMetadata)
  const sent = parseJson(text, Metadata, problems.badMetadata)
  const stored = await storeVersion(
    cloud,
    intentOf(c, place, true),
    draftFrom(c, (previous) => ({
      ...('bindings' in given
        ? { bindings: resolveBindings({ store: cloud.store, place }, sent, previous, true) }
        : {}),
      ...(sent.compatibility_date ? { compatibility_date: sent.compatibility_date } : {}),
      ...(sent.compatibility_flags ? { compatibility_flags: sent.compatibility_flags } : {}),
      ...(sent.limits || sent.placement
        ? { usage: { ...previous.usage, limits: sent.limits, placement: sent.placement } }
        : {}),
      migrations: sent.migrations,
      annotations: { 'workers/triggered_by': 'settings', ...sent.annotations },
      settings: settingsGiven(given),
    })),
  )
  const script = scriptAt(cloud.store, place) ?? stored.script
  return ok(shownSettings(script, stored.version))
}

function settingsGiven(given: Record<string, unknown>): Partial<ScriptSettings> {
  const names = ['tail_consumers', 'observability', 'logpush', 'tags']
  const entries = Object.entries(given).filter(([name]) => names.includes(name))
  return ScriptSettings.partial().parse(Object.fromEntries(entries))
}
