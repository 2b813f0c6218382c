import type { Context } from 'hono'
import type { Cloud } from '../cloud.ts'
import type { Intent } from './deploy.ts'
import { problems } from './errors.ts'
import { currentVersion } from './present.ts'
import type { Told } from './queries.ts'
import { scriptAt } from './queries.ts'
import type { Place, Script, Version } from './schema.ts'

/** Finds the place that a call is about: the account's own scripts, or those of a dispatch namespace. */
export type PlaceOf = (c: Context) => Place

/** The script of a path such as `…/scripts/:script`. */
export const ownPlace: PlaceOf = (c) => ({ namespace: '', name: c.req.param('script') ?? '' })

export function placeFound(cloud: Cloud, place: Place): Script {
  const script = scriptAt(cloud.store, place)
  if (!script) throw problems.scriptMissing()
  return script
}

/** A script that has at least one version. */
export function codeFound(cloud: Cloud, place: Place): { readonly script: Script; readonly version: Version } {
  const script = placeFound(cloud, place)
  const version = currentVersion(cloud.store, script)
  if (!version) throw problems.noVersions(script.name)
  return { script, version }
}

/** From where a change comes, by the name that the client gives itself. */
export function sourceOf(c: Context): string {
  const agent = c.req.header('user-agent')?.toLowerCase() ?? ''
  return ['wrangler', 'terraform'].find((name) => agent.includes(name)) ?? 'api'
}

export function intentOf(c: Context, place: Place, deploys: boolean, told: Partial<Told> = {}): Intent {
  return {
    place,
    deploys,
    isStrict: c.req.query('bindings_inherit') === 'strict',
    told: { source: sourceOf(c), annotations: {}, ...told },
  }
}

/** A name that a script may have. */
export function proveName({ name }: Place): void {
  if (!/^[a-z0-9_][a-z0-9_-]{0,62}$/.test(name)) throw problems.badName()
}
