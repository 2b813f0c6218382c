import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { mayRead } from '../graphql/access.ts'
import type { Graph } from '../graphql/graph.ts'
import { listOf } from '../graphql/lists.ts'
import type { List } from '../graphql/lists.ts'
import { escaped } from '../graphql/text.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { mayChange } from './access.ts'
import { fieldNodeId } from './present.ts'
import { fieldNamed, fieldsOf, itemsWhere, repositoriesOf, workflowsOf } from './queries.ts'
import type { Field, Item, Option, Project, Workflow } from './schema.ts'

type Ordered = { readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null }

export function itemList(g: Graph, items: readonly Item[]): List {
  return listOf(items, (item) => g.show.projectItem(g, item))
}

export function projectNode(g: Graph, project: Project): Json {
  const { store, site } = g.world
  const owner = accountById(store, project.owner_id)
  const kind = owner?.type === 'Organization' ? 'orgs' : 'users'
  const path = `/${kind}/${owner?.login ?? ''}/projects/${project.number}`
  const mayWrite = mayChange(g, project)
  return {
    __typename: 'ProjectV2',
    id: nodeId('ProjectV2', project.id),
    databaseId: project.id,
    fullDatabaseId: String(project.id),
    number: project.number,
    title: project.title,
    shortDescription: project.short_description,
    readme: project.readme,
    public: project.public,
    closed: project.closed_at !== null,
    closedAt: isoTimeOrNull(project.closed_at),
    createdAt: isoTime(project.created_at),
    updatedAt: isoTime(project.updated_at),
    url: `${site.html}${path}`,
    resourcePath: path,
    owner: () => owner && g.show.account(g, owner),
    creator: () => {
      const creator = accountById(store, project.creator_id)
      return creator && g.show.account(g, creator)
    },
    viewerCanUpdate: mayWrite,
    viewerCanClose: mayWrite,
    viewerCanReopen: mayWrite,
    ...partFields(g, project),
  }
}

function partFields(g: Graph, project: Project): Json {
  const { store } = g.world
  return {
    fields: (args: Ordered) => fieldList(g, project, args),
    field: ({ name }: { name: string }) => {
      const field = fieldNamed(store, project.id, name)
      return field && fieldNode(g, project, field)
    },
    items: () => itemList(g, itemsWhere(store, sql`project_id = ${project.id}`)),
    repositories: () =>
      listOf(
        repositoriesOf(store, project.id).filter((each) => mayRead(g, each)),
        (each) => g.show.repository(g, each),
        { connection: { totalDiskUsage: 0 } },
      ),
    workflows: () => listOf(workflowsOf(store, project.id), (each) => workflowNode(g, project, each)),
    workflow: ({ number }: { number: number }) => {
      const workflow = workflowsOf(store, project.id).find((each) => each.number === number)
      return workflow ? workflowNode(g, project, workflow) : null
    },
    views: () => listOf([project], () => viewNode(g, project)),
    view: ({ number }: { number: number }) => (number === 1 ? viewNode(g, project) : null),
  }
}

function fieldList(g: Graph, project: Project, { orderBy }: Ordered): List {
  const fields = fieldsOf(g.world.store, project.id)
  const ordered = orderBy?.field === 'NAME' ? fields.toSorted((a, b) => a.name.localeCompare(b.name)) : fields
  const wanted = orderBy?.direction === 'DESC' ? ordered.toReversed() : ordered
  return listOf(wanted, (field) => fieldNode(g, project, field))
}

const typeNames: Record<string, string> = {
  SINGLE_SELECT: 'ProjectV2SingleSelectField',
  ITERATION: 'ProjectV2IterationField',
}

export function fieldNode(g: Graph, project: Project, field: Field): Json {
  return {
    __typename: typeNames[field.type] ?? 'ProjectV2Field',
    id: fieldNodeId(field),
    databaseId: field.id,
    name: field.name,
    dataType: field.type,
    createdAt: isoTime(field.created_at),
    updatedAt: isoTime(field.updated_at),
    project: () => g.show.project(g, project),
    options: ({ names }: { names?: readonly string[] | null }) =>
      field.options.filter(({ name }) => !names || names.includes(name)).map(optionNode),
    configuration: () => configurationNode(field, g.world.now()),
  }
}

function optionNode(option: Option): Json {
  return { ...option, nameHTML: escaped(option.name), descriptionHTML: escaped(option.description) }
}

/** Iterations that are over stand apart. */
function configurationNode({ iterations }: Field, at: number): Json {
  const all = (iterations?.list ?? []).map(({ id, title, start_date, duration }) => ({
    node: { id, title, titleHTML: escaped(title), startDate: start_date, duration },
    isOver: Date.parse(start_date) + duration * 86_400_000 <= at,
  }))
  return {
    duration: iterations?.duration ?? 14,
    startDay: iterations?.start_day ?? 1,
    iterations: all.filter(({ isOver }) => !isOver).map(({ node }) => node),
    completedIterations: all.filter(({ isOver }) => isOver).map(({ node }) => node),
  }
}

export function workflowNode(g: Graph, project: Project, workflow: Workflow): Json {
  return {
    __typename: 'ProjectV2Workflow',
    id: nodeId('ProjectV2Workflow', workflow.id),
    databaseId: workflow.id,
    fullDatabaseId: String(workflow.id),
    name: workflow.name,
    number: workflow.number,
    enabled: true,
    createdAt: isoTime(workflow.created_at),
    updatedAt: isoTime(workflow.created_at),
    project: () => g.show.project(g, project),
  }
}

/** Every project has the one view that it starts with. */
export function viewNode(g: Graph, project: Project): Json {
  return {
    __typename: 'ProjectV2View',
    id: nodeId('ProjectV2View', project.id),
    databaseId: project.id,
    fullDatabaseId: String(project.id),
    name: 'View 1',
    number: 1,
    layout: 'TABLE_LAYOUT',
    filter: '',
    createdAt: isoTime(project.created_at),
    updatedAt: isoTime(project.created_at),
    project: () => g.show.project(g, project),
    fields: (args: Ordered) => fieldList(g, project, args),
  }
}
