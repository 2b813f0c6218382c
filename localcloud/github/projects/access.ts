import { membershipOf } from '../accounts/queries.ts'
import { demandScopes, denied } from '../graphql/access.ts'
import { unresolvedId } from '../graphql/failure.ts'
import type { Graph } from '../graphql/graph.ts'
import { must, numberIn } from '../graphql/targets.ts'
import { readNodeId } from '../platform/ids.ts'
import { invalid } from './fields.ts'
import { fieldById, itemById, projectById } from './queries.ts'
import type { Field, Item, Project } from './schema.ts'

type Role = 'none' | 'read' | 'write' | 'admin'
const roles: readonly Role[] = ['none', 'read', 'write', 'admin']

/** What the caller may do with a project: its owner and its maker everything, members may write. */
export function roleIn({ world, caller }: Graph, project: Project): Role {
  const { user } = caller
  if (project.owner_id === user.id) return 'admin'
  const membership = membershipOf(world.store, project.owner_id, user.id)
  if (membership?.state === 'active')
    return membership.role === 'admin' || project.creator_id === user.id ? 'admin' : 'write'
  return project.public ? 'read' : 'none'
}

export function isVisible(g: Graph, project: Project): boolean {
  return roleIn(g, project) !== 'none'
}

export function mayChange(g: Graph, project: Project): boolean {
  return roles.indexOf(roleIn(g, project)) >= roles.indexOf('write')
}

/** The project that a mutation names, if the caller may do this much. */
export function projectAt(g: Graph, id: string, wanted: Role, mutation: string): Project {
  const project = must(projectById(g.world.store, numberIn(id, 'ProjectV2')), id)
  const role = roleIn(g, project)
  if (role === 'none') throw unresolvedId(id)
  demandScopes(g, mutation, ['project'])
  if (roles.indexOf(role) < roles.indexOf(wanted)) throw denied(g, mutation)
  return project
}

export function itemAt(g: Graph, project: Project, id: string): Item {
  const item = must(itemById(g.world.store, numberIn(id, 'ProjectV2Item')), id)
  if (item.project_id !== project.id) throw invalid('The item does not exist in the project')
  return item
}

const fieldKinds = new Set(['ProjectV2Field', 'ProjectV2SingleSelectField', 'ProjectV2IterationField'])

export function fieldAt({ world }: Graph, id: string): Field {
  const key = readNodeId(id)
  return must(key && fieldKinds.has(key.kind) ? fieldById(world.store, key.id) : null, id)
}

export function fieldIn(g: Graph, project: Project, id: string): Field {
  const field = fieldAt(g, id)
  if (field.project_id !== project.id) throw invalid('The field does not exist in the project')
  return field
}

/** Refuses to make projects for others. */
export function ownerMayGet(g: Graph, owner: number): boolean {
  const { user } = g.caller
  return owner === user.id || membershipOf(g.world.store, owner, user.id)?.state === 'active'
}
