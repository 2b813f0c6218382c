import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ApiError, ok } from '../envelope.ts'
import { ownPlace, placeFound } from './calls.ts'
import { problems } from './errors.ts'

const Subdomain = z.object({ subdomain: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/) })
const Enabled = z.object({ enabled: z.boolean(), previews_enabled: z.boolean().optional() })

/** The account's subdomain, and which scripts are on it. */
export function subdomainRoutes(api: Api, cloud: Cloud): void {
  const own = '/accounts/:account/workers/subdomain'
  api.get(own, () => {
    const { subdomain } = cloud.account()
    if (subdomain === null) throw problems.subdomainMissing()
    return ok({ subdomain })
  })
  api.put(own, async (c) => {
    const { subdomain } = await readJson(c, Subdomain, problems.badBody)
    const present = cloud.account().subdomain
    if (present !== null && present !== subdomain)
      throw taken(10_036, 'This account already has a workers.dev subdomain.')
    cloud.store.run('update account set subdomain = ?', subdomain)
    return ok({ subdomain })
  })
  api.delete(own, () => {
    if (cloud.account().subdomain === null) throw problems.subdomainMissing()
    cloud.store.run('update account set subdomain = null')
    return ok(null)
  })
  api.get('/accounts/:account/workers/subdomains/:name', (c) => {
    if (cloud.account().subdomain === c.req.param('name')) throw taken(10_031, 'This subdomain is taken.')
    throw new ApiError(404, { code: 10_032, message: 'This subdomain is available.' })
  })
  scriptSubdomainRoutes(api, cloud)
}

function scriptSubdomainRoutes(api: Api, cloud: Cloud): void {
  const path = '/accounts/:account/workers/scripts/:script/subdomain'
  const change = (id: string, isEnabled: boolean, hasPreviews: boolean): Response => {
    const sql = 'update scripts set is_enabled = ?, has_previews = ? where id = ?'
    cloud.store.run(sql, Number(isEnabled), Number(hasPreviews), id)
    return ok({ enabled: isEnabled, previews_enabled: hasPreviews })
  }
  api.get(path, (c) => {
    const { is_enabled: enabled, has_previews: previews } = placeFound(cloud, ownPlace(c))
    return ok({ enabled, previews_enabled: previews })
  })
  api.post(path, async (c) => {
    const script = placeFound(cloud, ownPlace(c))
    const { enabled, previews_enabled: previews } = await readJson(c, Enabled, problems.badBody)
    return change(script.id, enabled, previews ?? (enabled && script.has_previews))
  })
  api.delete(path, (c) => change(placeFound(cloud, ownPlace(c)).id, false, false))
}

function taken(code: number, message: string): ApiError {
  return new ApiError(409, { code, message })
}
