import type { Json } from '../accounts/present.ts'
import { denied, demandScopes } from '../graphql/access.ts'
import type { Graph } from '../graphql/graph.ts'
import { accountAt, must, numberIn, repositoryAt } from '../graphql/targets.ts'
import { nodeId } from '../platform/ids.ts'
import { sql } from '../platform/sql.ts'
import { fieldAt, fieldIn, itemAt, ownerMayGet, projectAt } from './access.ts'
import {
  addField,
  addProject,
  changeField,
  changeProject,
  linkRepository,
  removeField,
  removeProject,
  unlinkRepository,
} from './changes.ts'
import type { FieldChange, NewField, ProjectChange } from './changes.ts'
import { contentFor, invalid } from './fields.ts'
import type { ValueInput } from './fields.ts'
import { itemMutations } from './item-mutations.ts'
import { changeDraft, setValue } from './items.ts'
import { fieldNode } from './nodes.ts'
import { projectById, workflowById } from './queries.ts'
import type { Field, Item, Project } from './schema.ts'

type Input<Body> = { readonly input: Body }
type InProject = { readonly projectId: string }

/** What is done to projects. */
export const projectMutations: Json = {
  createProjectV2,
  updateProjectV2: ({ input }: Input<InProject & ProjectChange>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'write', 'updateProjectV2')
    return { projectV2: g.show.project(g, changeProject(g.world, project, g.caller.user, input)) }
  },
  deleteProjectV2: ({ input }: Input<InProject>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'admin', 'deleteProjectV2')
    const shown = g.show.project(g, project)
    removeProject(g.world, project, g.caller.user)
    return { projectV2: shown }
  },
  linkProjectV2ToRepository: (args: Input<LinkInput>, g: Graph) => link(g, args.input, true),
  unlinkProjectV2FromRepository: (args: Input<LinkInput>, g: Graph) => link(g, args.input, false),
  createProjectV2Field: ({ input }: Input<InProject & NewField>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'write', 'createProjectV2Field')
    return { projectV2Field: fieldNode(g, project, addField(g.world, project, input)) }
  },
  updateProjectV2Field: ({ input }: Input<{ fieldId: string } & FieldChange>, g: Graph) => {
    const { project, field } = fieldOf(g, input.fieldId, 'updateProjectV2Field')
    return { projectV2Field: fieldNode(g, project, changeField(g.world, field, input)) }
  },
  deleteProjectV2Field: ({ input }: Input<{ fieldId: string }>, g: Graph) => {
    const { project, field } = fieldOf(g, input.fieldId, 'deleteProjectV2Field')
    removeField(g.world, field)
    return { projectV2Field: fieldNode(g, project, field) }
  },
  updateProjectV2ItemFieldValue: ({ input }: Input<ValueTarget & { value: ValueInput }>, g: Graph) =>
    assign(g, input, 'updateProjectV2ItemFieldValue', input.value),
  clearProjectV2ItemFieldValue: ({ input }: Input<ValueTarget>, g: Graph) =>
    assign(g, input, 'clearProjectV2ItemFieldValue', null),
  deleteProjectV2Workflow,
  ...itemMutations,
}

function createProjectV2(
  { input }: Input<{ ownerId: string; title: string; repositoryId?: string | null }>,
  g: Graph,
): Json {
  const owner = accountAt(g, input.ownerId)
  demandScopes(g, 'createProjectV2', ['project'])
  if (!ownerMayGet(g, owner.id)) throw denied(g, 'createProjectV2')
  const repository = typeof input.repositoryId === 'string' ? repositoryAt(g, input.repositoryId) : null
  const project = g.world.store.transact(() => {
    const made = addProject(g.world, owner, g.caller.user, input.title)
    if (repository) linkRepository(g.world, made, repository)
    return made
  })
  return { projectV2: g.show.project(g, project) }
}

type LinkInput = { readonly projectId: string; readonly repositoryId: string }

function link(g: Graph, { projectId, repositoryId }: LinkInput, isLinked: boolean): Json {
  const mutation = isLinked ? 'linkProjectV2ToRepository' : 'unlinkProjectV2FromRepository'
  const project = projectAt(g, projectId, 'write', mutation)
  const repository = repositoryAt(g, repositoryId)
  if (isLinked) linkRepository(g.world, project, repository)
  else unlinkRepository(g.world, project, repository)
  return { repository: g.show.repository(g, repository) }
}

function fieldOf(g: Graph, id: string, mutation: string): { project: Project; field: Field } {
  const field = fieldAt(g, id)
  const project = must(projectById(g.world.store, field.project_id), id)
  return { project: projectAt(g, nodeId('ProjectV2', project.id), 'write', mutation), field }
}

type ValueTarget = { readonly projectId: string; readonly itemId: string; readonly fieldId: string }

function assign(
  g: Graph,
  { projectId, itemId, fieldId }: ValueTarget,
  mutation: string,
  value: ValueInput | null,
): Json {
  const project = projectAt(g, projectId, 'write', mutation)
  const item = itemAt(g, project, itemId)
  const field = fieldIn(g, project, fieldId)
  const content = value === null ? null : contentFor(field, value)
  if (field.type === 'TITLE') return { projectV2Item: g.show.projectItem(g, entitle(g, item, value)) }
  if (content === null) contentFor(field, clearable(field))
  return { projectV2Item: g.show.projectItem(g, setValue(g.world, item, field, content, g.caller.user)) }
}

/** Only drafts are named here; issues are named in their repository. */
function entitle(g: Graph, item: Item, value: ValueInput | null): Item {
  if (!item.draft) throw invalid('The title of an issue or pull request cannot be changed through a project')
  return changeDraft(g.world, item, { title: value?.text ?? '' }, g.caller.user)
}

/** A value of the right form: what cannot be set cannot be cleared either. */
function clearable({ options, iterations, type }: Field): ValueInput {
  const forms: Partial<Record<Field['type'], ValueInput>> = {
    NUMBER: { number: 0 },
    DATE: { date: '1970-01-01' },
    SINGLE_SELECT: { singleSelectOptionId: options[0]?.id ?? '' },
    ITERATION: { iterationId: iterations?.list[0]?.id ?? '' },
  }
  return forms[type] ?? { text: '' }
}

function deleteProjectV2Workflow({ input }: Input<{ workflowId: string }>, g: Graph): Json {
  const workflow = must(workflowById(g.world.store, numberIn(input.workflowId, 'ProjectV2Workflow')), input.workflowId)
  const project = projectAt(g, nodeId('ProjectV2', workflow.project_id), 'write', 'deleteProjectV2Workflow')
  g.world.store.run(sql`delete from project_workflows where id = ${workflow.id}`)
  return { deletedWorkflowId: input.workflowId, projectV2: g.show.project(g, project) }
}
