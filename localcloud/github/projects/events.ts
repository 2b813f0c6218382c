import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import type { World } from '../world.ts'
import { itemJson, projectJson } from './present.ts'
import { projectById } from './queries.ts'
import type { Item, Project } from './schema.ts'

/** Tells the hooks of the organisation about a project; the projects of users have no hooks. */
export function raiseProject(world: World, project: Project, sender: Account, action: string, more: Json = {}): void {
  const organization = accountById(world.store, project.owner_id)
  if (organization?.type !== 'Organization') return
  const body = { projects_v2: projectJson(world, project), ...more }
  world.events.raise({ name: 'projects_v2', action, organization, sender, body })
}

/** The same for an item. */
export function raiseItem(world: World, item: Item, sender: Account, action: string, changes?: Json): void {
  const project = projectById(world.store, item.project_id)
  const organization = project && accountById(world.store, project.owner_id)
  if (organization?.type !== 'Organization') return
  const body = { projects_v2_item: itemJson(world, item), ...(changes ? { changes } : {}) }
  world.events.raise({ name: 'projects_v2_item', action, organization, sender, body })
}
