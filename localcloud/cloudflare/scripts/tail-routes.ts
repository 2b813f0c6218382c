import { z } from 'zod'
import { parseJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { keyOf } from '../runtime/names.ts'
import { Filter } from '../tails/filters.ts'
import type { Tail } from '../tails/tails.ts'
import { ownPlace, placeFound } from './calls.ts'
import { problems } from './errors.ts'
import { iso } from './present.ts'

const Body = z.looseObject({ filters: z.array(Filter).nullish() })

/** Tails of a script: where its traces can be watched live. */
export function tailRoutes(api: Api, cloud: Cloud): void {
  const path = '/accounts/:account/workers/scripts/:script/tails'
  api.get(path, (c) => ok(cloud.tails.list(keyOf(placeFound(cloud, ownPlace(c)))).map((tail) => shown(cloud, tail))))
  api.post(path, async (c) => {
    const key = keyOf(placeFound(cloud, ownPlace(c)))
    const { filters } = parseJson((await c.req.text()) || '{}', Body, problems.badBody)
    return ok(shown(cloud, cloud.tails.open(key, filters ?? [], cloud.now())))
  })
  api.delete(`${path}/:tail`, (c) => {
    placeFound(cloud, ownPlace(c))
    cloud.tails.close(c.req.param('tail'))
    return ok(null)
  })
}

function shown(cloud: Cloud, { id, expires }: Tail): object {
  return { id, url: `${cloud.url().replace(/^http/, 'ws')}/tails/${id}`, expires_at: iso(expires) }
}
