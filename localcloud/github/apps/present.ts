import { userJson } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { nodeId } from '../platform/ids.ts'
import { found } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import type { World } from '../world.ts'
import type { App } from './schema.ts'

/** An app as everything that it made shows it. */
export function appJson({ store, site }: Pick<World, 'store' | 'site'>, app: App): Json {
  return {
    id: app.id,
    client_id: app.client_id,
    slug: app.slug,
    node_id: nodeId('App', app.id),
    owner: userJson(site, found(accountById(store, app.owner_id))),
    name: app.name,
    description: app.description,
    external_url: site.html,
    html_url: `${site.html}/apps/${app.slug}`,
    created_at: isoTime(app.created_at),
    updated_at: isoTime(app.updated_at),
    permissions: app.permissions,
    events: app.events,
  }
}
