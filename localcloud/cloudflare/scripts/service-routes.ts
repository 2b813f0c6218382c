import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageOf } from '../pages.ts'
import { isCron } from '../runtime/clock.ts'
import { ownPlace, placeFound } from './calls.ts'
import { problems } from './errors.ts'
import { currentVersion, shownSchedule, shownService } from './present.ts'
import { allScripts, objectClassesOf, schedulesOf, scriptAt, scriptsIn } from './queries.ts'
import { referencesTo, removeScript } from './removal.ts'
import type { Reference } from './removal.ts'
import type { ObjectClass, Place, Script } from './schema.ts'
import { contentRoutes } from './script-routes.ts'
import { settingsRoutesAt } from './settings-routes.ts'

/** Routes that older clients know scripts by, and what surrounds a script: crons, objects, references. */
export function serviceRoutes(api: Api, cloud: Cloud): void {
  const base = '/accounts/:account/workers/services/:service'
  api.get(base, (c) => ok(service(c, cloud)))
  api.get(`${base}/environments/:environment`, (c) => ok(service(c, cloud)))
  api.get(`${base}/environments/:environment/routes`, () => ok([]))
  for (const path of [base, `${base}/environments/:environment`]) {
    api.delete(path, async (c) => {
      await removeScript(cloud, servicePlace(c), c.req.query('force') === 'true')
      return ok(null)
    })
  }
  settingsRoutesAt(api, cloud, `${base}/environments/:environment`, servicePlace)
  contentRoutes(api, cloud, `${base}/environments/:environment`, servicePlace)
  api.get('/accounts/:account/containers/applications', () => ok([]))
  api.get('/accounts/:account/containers/dash/applications', () => ok([]))
  scheduleRoutes(api, cloud)
  referenceRoutes(api, cloud)
}

const servicePlace = (c: Context): Place => ({ namespace: '', name: c.req.param('service') ?? '' })

function service(c: Context, cloud: Cloud): object {
  const script = scriptAt(cloud.store, servicePlace(c))
  const version = script && currentVersion(cloud.store, script)
  if (!version) throw problems.serviceMissing()
  return shownService(script, version)
}

const Crons = z.array(z.looseObject({ cron: z.string() }))

function scheduleRoutes(api: Api, cloud: Cloud): void {
  const path = '/accounts/:account/workers/scripts/:script/schedules'
  const shown = (id: string) => ok({ schedules: schedulesOf(cloud.store, id).map(shownSchedule) })
  api.get(path, (c) => shown(placeFound(cloud, ownPlace(c)).id))
  api.put(path, async (c) => {
    const { id } = placeFound(cloud, ownPlace(c))
    const crons = [...new Set((await readJson(c, Crons, problems.badBody)).map(({ cron }) => cron))]
    for (const cron of crons) if (!isCron(cron)) throw problems.badCron(cron)
    const at = cloud.now()
    cloud.store.transaction(() => {
      const known = new Map(schedulesOf(cloud.store, id).map((schedule) => [schedule.cron, schedule.created_on]))
      cloud.store.run('delete from schedules where script_id = ?', id)
      const insert = 'insert into schedules (script_id, cron, created_on, modified_on) values (?, ?, ?, ?)'
      for (const cron of crons) cloud.store.run(insert, id, cron, known.get(cron) ?? at, at)
    })
    cloud.crons.refresh()
    return shown(id)
  })
}

function referenceRoutes(api: Api, cloud: Cloud): void {
  const script = '/accounts/:account/workers/scripts/:script'
  api.get(`${script}/references`, (c) => ok(shownReferences(cloud, placeFound(cloud, ownPlace(c)))))
  api.get('/accounts/:account/workers/tails/by-consumer/:consumer', (c) => {
    const consumer = c.req.param('consumer')
    const producers = scriptsIn(cloud.store, '').filter(({ settings }) =>
      (settings.tail_consumers ?? []).some(({ service: name }) => name === consumer),
    )
    return ok(producers.map(shownProducer))
  })
  api.get('/accounts/:account/workers/durable_objects/namespaces', (c) => {
    const all = allScripts(cloud.store).flatMap((owner) =>
      objectClassesOf(cloud.store, owner.id).map(shownClass(owner)),
    )
    const { result, info } = pageOf(c, all, { most: 1000 })
    return ok(result, { info })
  })
}

function shownProducer({ id, name }: Script): object {
  return { tag: id, log_push: false, producer: { service: name, environment: 'production' } }
}

function shownClass({ name: script }: Script): (known: ObjectClass) => object {
  return ({ id, class: name, uses_sqlite: use_sqlite }) => {
    return { id, name: `${script}_${name}`, script, class: name, use_sqlite }
  }
}

function placeOfReference({ script, name }: Reference) {
  return { service: script.name, environment: 'production', name }
}

function shownReferences(cloud: Cloud, script: Script): object {
  const references = referencesTo(cloud, script)
  const owned = objectClassesOf(cloud.store, script.id)
  return {
    services: {
      incoming: references.filter(({ type }) => type === 'service').map(placeOfReference),
      outgoing: [],
      pages_function: false,
    },
    durable_objects: references
      .filter(({ type }) => type === 'durable_object_namespace')
      .map((one) => ({
        ...placeOfReference(one),
        durable_object_namespace_id: owned.find((known) => known.class === one.className)?.id ?? '',
        durable_object_namespace_name: `${script.name}_${one.className}`,
      })),
    dispatch_outbounds: [],
  }
}
