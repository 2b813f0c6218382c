import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { newId } from '../identity/tables.ts'
import { scriptNamed } from '../scripts/queries.ts'
import type { Store } from '../store.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { patternOf } from './routing.ts'
import { RouteBody } from './schema.ts'
import type { Route, Zone } from './schema.ts'

const base = '/zones/:zone/workers/routes'

/** Which paths of a zone lead to which script. */
export function workerRoutes(api: Api, { store }: Cloud): void {
  const inZone = (zone: string): Route[] => queries.allRoutes(store).filter(({ zone_id: id }) => id === zone)
  const find = (zone: string, id: string): Route => {
    const route = inZone(queries.zoneOf(store, zone).id).find((one) => one.id === id)
    if (!route) throw refusals.noRoute()
    return route
  }
  api.get(base, (c) => ok(inZone(queries.zoneOf(store, c.req.param('zone')).id).map(shown)))
  api.post(base, async (c) => {
    const zone = queries.zoneOf(store, c.req.param('zone'))
    const { pattern, script } = await readJson(c, RouteBody, refusals.badPattern)
    return ok(shown(keep(store, zone, { id: newId(), zone_id: zone.id, pattern, script: script ?? null })))
  })
  api.get(`${base}/:route`, (c) => ok(shown(find(c.req.param('zone'), c.req.param('route')))))
  api.put(`${base}/:route`, async (c) => {
    const zone = queries.zoneOf(store, c.req.param('zone'))
    const { id } = find(zone.id, c.req.param('route'))
    const { pattern, script } = await readJson(c, RouteBody, refusals.badPattern)
    return ok(shown(keep(store, zone, { id, zone_id: zone.id, pattern, script: script ?? null })))
  })
  api.delete(`${base}/:route`, (c) => {
    const { id } = find(c.req.param('zone'), c.req.param('route'))
    queries.removeFrom(store, 'worker_routes', id)
    return ok({ id })
  })
  scriptRoutes(api, { store })
}

const Wanted = z.array(
  z.union([
    z.string().transform((pattern) => ({ pattern })),
    z.object({ pattern: z.string(), zone_id: z.string().optional(), zone_name: z.string().optional() }),
  ]),
)

/** A script's routes in all zones at once: what a deploy says it should have. */
function scriptRoutes(api: Api, { store }: Pick<Cloud, 'store'>): void {
  const path = '/accounts/:account/workers/scripts/:script/routes'
  api.get(path, (c) => {
    const script = c.req.param('script')
    return ok(
      queries
        .allRoutes(store)
        .filter((route) => route.script === script)
        .map(shown),
    )
  })
  api.put(path, async (c) => {
    const script = c.req.param('script')
    const wanted = await readJson(c, Wanted, refusals.badPattern)
    if (!scriptNamed(store, script)) throw refusals.noWorker()
    const made = store.transaction(() =>
      wanted.map(({ pattern }) => {
        const zone = queries.zoneFor(store, patternOf(pattern)?.host.replace(/^\*\.?/, '') ?? '')
        if (!zone) throw refusals.noZoneFor(pattern)
        const known = queries.allRoutes(store).find((route) => route.pattern === pattern)
        if (known && known.script !== script && known.script !== null) throw refusals.routeTaken()
        return keep(store, zone, { id: known?.id ?? newId(), zone_id: zone.id, pattern, script })
      }),
    )
    return ok(made.map(shown))
  })
}

function keep(store: Store, zone: Zone, route: Route): Route {
  const parsed = patternOf(route.pattern)
  if (!parsed) throw refusals.badPattern(route.pattern)
  const host = parsed.host.replace(/^\*\.?/, '')
  if (host !== zone.name && !host.endsWith(`.${zone.name}`)) throw refusals.foreignPattern(zone.name)
  if (route.script !== null && !scriptNamed(store, route.script)) throw refusals.noRouteScript(route.script)
  return store.transaction(() => {
    const isTaken = queries.allRoutes(store).some(({ id, pattern }) => pattern === route.pattern && id !== route.id)
    if (isTaken) throw refusals.routeTaken()
    queries.keepRoute(store, route)
    return route
  })
}

function shown({ id, pattern, script }: Route): object {
  return { id, pattern, ...(script === null ? {} : { script }), request_limit_fail_open: false }
}
