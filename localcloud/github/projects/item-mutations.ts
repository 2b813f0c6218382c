import type { Json } from '../accounts/present.ts'
import { demand } from '../graphql/access.ts'
import type { Graph } from '../graphql/graph.ts'
import { accountAt, must, numberIn, repositoryAt, subjectAt } from '../graphql/targets.ts'
import { nodeId } from '../platform/ids.ts'
import { sql } from '../platform/sql.ts'
import { itemAt, projectAt } from './access.ts'
import { invalid } from './fields.ts'
import { addContent, addDraft, changeDraft, convertDraft, moveItem, removeItem, setArchived } from './items.ts'
import { itemList } from './nodes.ts'
import { itemById, itemsWhere } from './queries.ts'

type Input<Body> = { readonly input: Body }
type OnItem = { readonly projectId: string; readonly itemId: string }

/** What is done to the items of projects. */
export const itemMutations: Json = {
  addProjectV2ItemById: ({ input }: Input<{ projectId: string; contentId: string }>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'write', 'addProjectV2ItemById')
    const { issue } = subjectAt(g, input.contentId)
    return { item: g.show.projectItem(g, addContent(g.world, project, issue, g.caller.user)) }
  },
  addProjectV2DraftIssue,
  updateProjectV2DraftIssue,
  convertProjectV2DraftIssueItemToIssue,
  archiveProjectV2Item: ({ input }: Input<OnItem>, g: Graph) => archive(g, input, true),
  unarchiveProjectV2Item: ({ input }: Input<OnItem>, g: Graph) => archive(g, input, false),
  deleteProjectV2Item: ({ input }: Input<OnItem>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'write', 'deleteProjectV2Item')
    removeItem(g.world, itemAt(g, project, input.itemId), g.caller.user)
    return { deletedItemId: input.itemId }
  },
  updateProjectV2ItemPosition: ({ input }: Input<OnItem & { afterId?: string | null }>, g: Graph) => {
    const project = projectAt(g, input.projectId, 'write', 'updateProjectV2ItemPosition')
    const after = typeof input.afterId === 'string' ? itemAt(g, project, input.afterId) : null
    moveItem(g.world, itemAt(g, project, input.itemId), after, g.caller.user)
    return { items: () => itemList(g, itemsWhere(g.world.store, sql`project_id = ${project.id}`)) }
  },
}

type DraftInput = {
  readonly title?: string | null
  readonly body?: string | null
  readonly assigneeIds?: readonly string[] | null
}

function addProjectV2DraftIssue({ input }: Input<DraftInput & { projectId: string; title: string }>, g: Graph): Json {
  const project = projectAt(g, input.projectId, 'write', 'addProjectV2DraftIssue')
  const assignees = (input.assigneeIds ?? []).map((id) => accountAt(g, id).id)
  const draft = { title: input.title, body: input.body ?? '', assignees }
  return { projectItem: g.show.projectItem(g, addDraft(g.world, project, draft, g.caller.user)) }
}

function updateProjectV2DraftIssue({ input }: Input<DraftInput & { draftIssueId: string }>, g: Graph): Json {
  const item = must(itemById(g.world.store, numberIn(input.draftIssueId, 'DraftIssue')), input.draftIssueId)
  projectAt(g, nodeId('ProjectV2', item.project_id), 'write', 'updateProjectV2DraftIssue')
  const { title, body, assigneeIds } = input
  const change = {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof body === 'string' ? { body } : {}),
    ...(assigneeIds ? { assignees: assigneeIds.map((id) => accountAt(g, id).id) } : {}),
  }
  must(item.draft, input.draftIssueId)
  return { draftIssue: g.show.draftIssue(g, changeDraft(g.world, item, change, g.caller.user)) }
}

function convertProjectV2DraftIssueItemToIssue(
  { input }: Input<{ itemId: string; repositoryId: string }>,
  g: Graph,
): Json {
  const mutation = 'convertProjectV2DraftIssueItemToIssue'
  const item = must(itemById(g.world.store, numberIn(input.itemId, 'ProjectV2Item')), input.itemId)
  projectAt(g, nodeId('ProjectV2', item.project_id), 'write', mutation)
  const repository = repositoryAt(g, input.repositoryId)
  demand(g, repository, 'read', mutation)
  if (!item.draft) throw invalid('Only draft issues can be converted')
  return { item: g.show.projectItem(g, convertDraft(g.world, item, item.draft, repository, g.caller.user)) }
}

function archive(g: Graph, { projectId, itemId }: OnItem, isArchived: boolean): Json {
  const project = projectAt(g, projectId, 'write', isArchived ? 'archiveProjectV2Item' : 'unarchiveProjectV2Item')
  return { item: g.show.projectItem(g, setArchived(g.world, itemAt(g, project, itemId), g.caller.user, isArchived)) }
}
