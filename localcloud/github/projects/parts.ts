import type { Json } from '../accounts/present.ts'
import type { Graph } from '../graphql/graph.ts'
import type { Kind } from '../platform/ids.ts'
import { isVisible } from './access.ts'
import { fieldNode, viewNode, workflowNode } from './nodes.ts'
import { fieldById, itemById, projectById, workflowById } from './queries.ts'
import type { Project } from './schema.ts'

type Find = (g: Graph, id: number) => Json | null

/** How a global id of a project or of its parts is followed, as far as the caller may see the project. */
export const projectFinders: Partial<Record<Kind, Find>> = {
  ProjectV2: (g, id) => within(g, id, (project) => g.show.project(g, project)),
  ProjectV2View: (g, id) => within(g, id, (project) => viewNode(g, project)),
  ProjectV2Workflow: (g, id) => {
    const workflow = workflowById(g.world.store, id)
    return workflow && within(g, workflow.project_id, (project) => workflowNode(g, project, workflow))
  },
  ProjectV2Item: (g, id) => {
    const item = itemById(g.world.store, id)
    return item && within(g, item.project_id, () => g.show.projectItem(g, item))
  },
  DraftIssue: (g, id) => {
    const item = itemById(g.world.store, id)
    return item?.draft ? within(g, item.project_id, () => g.show.draftIssue(g, item)) : null
  },
  ProjectV2Field: findField,
  ProjectV2SingleSelectField: findField,
  ProjectV2IterationField: findField,
}

function findField(g: Graph, id: number): Json | null {
  const field = fieldById(g.world.store, id)
  return field && within(g, field.project_id, (project) => fieldNode(g, project, field))
}

function within(g: Graph, id: number, show: (project: Project) => Json): Json | null {
  const project = projectById(g.world.store, id)
  return project && isVisible(g, project) ? show(project) : null
}
