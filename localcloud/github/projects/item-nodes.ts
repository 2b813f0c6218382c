import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { readable } from '../graphql/access.ts'
import type { Graph } from '../graphql/graph.ts'
import { listBy, listOf } from '../graphql/lists.ts'
import { accountsList, actor } from '../graphql/nodes/conversation.ts'
import { escaped, html } from '../graphql/text.ts'
import { assigneesOf, issueById, labelsOf, milestoneById } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { namedNodeId, nodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import { pullOfIssue, requestedReviewersOf } from '../pulls/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import { fieldNode } from './nodes.ts'
import { contentOf } from './present.ts'
import { fieldNamed, fieldsOf, projectById, valueOf } from './queries.ts'
import type { Field, Item, Project, Value } from './schema.ts'

export function projectItemNode(g: Graph, item: Item): Json {
  const { store } = g.world
  const project = projectById(store, item.project_id)
  const subject = subjectOf(g, item)
  const value = (field: Field | null) => (project && field ? valueNode(g, project, item, field) : null)
  return {
    __typename: 'ProjectV2Item',
    id: nodeId('ProjectV2Item', item.id),
    databaseId: item.id,
    fullDatabaseId: String(item.id),
    type: item.issue_id !== null && !subject ? 'REDACTED' : types[contentOf(store, item).kind],
    isArchived: item.archived_at !== null,
    createdAt: isoTime(item.created_at),
    updatedAt: isoTime(item.updated_at),
    creator: () => actor(g, item.creator_id),
    project: () => project && g.show.project(g, project),
    content: () =>
      item.draft ? g.show.draftIssue(g, item) : subject && g.show.issue(g, subject.repository, subject.issue),
    fieldValueByName: ({ name }: { name: string }) => value(fieldNamed(store, item.project_id, name)),
    fieldValues: () => {
      const shown = fieldsOf(store, item.project_id).map((field) => ({ field, node: value(field) }))
      return listBy(
        ({ field }) => String(field.id),
        shown.filter(({ node }) => node !== null),
        ({ node }) => node,
      )
    },
  }
}

const types: Record<string, string> = { DraftIssue: 'DRAFT_ISSUE', Issue: 'ISSUE', PullRequest: 'PULL_REQUEST' }

type Subject = { readonly repository: Repository; readonly issue: Issue }

/** The issue that an item stands for, if the caller may see it. */
function subjectOf(g: Graph, { issue_id }: Item): Subject | null {
  const issue = issue_id === null ? null : issueById(g.world.store, issue_id)
  const repository = issue && readable(g, issue.repository_id)
  return repository && issue ? { repository, issue } : null
}

export function draftIssueNode(g: Graph, item: Item): Json {
  const { title, body, assignees } = item.draft ?? { title: '', body: '', assignees: [] }
  const project = projectById(g.world.store, item.project_id)
  return {
    __typename: 'DraftIssue',
    id: nodeId('DraftIssue', item.id),
    title,
    body,
    bodyText: body,
    bodyHTML: html(body),
    createdAt: isoTime(item.created_at),
    updatedAt: isoTime(item.updated_at),
    creator: () => actor(g, item.creator_id),
    assignees: () =>
      accountsList(
        g,
        assignees.flatMap((id) => accountById(g.world.store, id) ?? []),
      ),
    projectV2Items: () => listOf([item], (each) => g.show.projectItem(g, each)),
    projectsV2: () => listOf(project ? [project] : [], (each) => g.show.project(g, each)),
  }
}

/** What an item says in a field; null when that is nothing. */
function valueNode(g: Graph, project: Project, item: Item, field: Field): Json | null {
  const shown = contentFields[field.type]?.(g, item, field)
  if (shown) return { field: fieldNode(g, project, field), ...shown }
  const value = valueOf(g.world.store, item.id, field.id)
  const set = value && setFields(field, value)
  return value && set ? { ...commonFields(g, project, item, field, value), ...set } : null
}

function commonFields(g: Graph, project: Project, item: Item, field: Field, value: Value): Json {
  return {
    id: nodeId('ProjectV2ItemFieldValue', value.id),
    databaseId: value.id,
    createdAt: isoTime(value.created_at),
    updatedAt: isoTime(value.updated_at),
    creator: () => actor(g, value.creator_id),
    field: () => fieldNode(g, project, field),
    item: () => g.show.projectItem(g, item),
  }
}

/** What somebody has set. */
function setFields({ options, iterations }: Field, { value }: Value): Json | null {
  if ('text' in value) return { __typename: 'ProjectV2ItemFieldTextValue', text: value.text }
  if ('number' in value) return { __typename: 'ProjectV2ItemFieldNumberValue', number: value.number }
  if ('date' in value) return { __typename: 'ProjectV2ItemFieldDateValue', date: value.date }
  if ('option' in value) {
    const option = options.find(({ id }) => id === value.option)
    if (!option) return null
    const { id, name, color, description } = option
    const texts = { nameHTML: escaped(name), descriptionHTML: escaped(description) }
    return { __typename: 'ProjectV2ItemFieldSingleSelectValue', optionId: id, name, color, description, ...texts }
  }
  const iteration = iterations?.list.find(({ id }) => id === value.iteration)
  if (!iteration) return null
  const { id, title, start_date, duration } = iteration
  const shown = { iterationId: id, title, titleHTML: escaped(title), startDate: start_date, duration }
  return { __typename: 'ProjectV2ItemFieldIterationValue', ...shown }
}

type Show = (g: Graph, item: Item, field: Field) => Json | null

/** What the content itself says. */
const contentFields: Partial<Record<Field['type'], Show>> = {
  TITLE: (g, item) => {
    const text = item.draft?.title ?? subjectOf(g, item)?.issue.title
    if (text === undefined) return null
    return {
      __typename: 'ProjectV2ItemFieldTextValue',
      id: namedNodeId('ProjectV2ItemFieldValue', item.id, 'title'),
      text,
      createdAt: isoTime(item.created_at),
      updatedAt: isoTime(item.updated_at),
      creator: () => actor(g, item.creator_id),
      item: () => g.show.projectItem(g, item),
    }
  },
  ASSIGNEES: (g, item) => {
    const drafted = (item.draft?.assignees ?? []).flatMap((id) => accountById(g.world.store, id) ?? [])
    const users = item.issue_id === null ? drafted : assigneesOf(g.world.store, item.issue_id)
    return users.length === 0
      ? null
      : { __typename: 'ProjectV2ItemFieldUserValue', users: () => accountsList(g, users) }
  },
  LABELS: (g, item) =>
    ofSubject(g, item, ({ repository, issue }) => {
      const labels = labelsOf(g.world.store, issue.id)
      if (labels.length === 0) return null
      const shown = () => listOf(labels, (label) => g.show.label(g, repository, label))
      return { __typename: 'ProjectV2ItemFieldLabelValue', labels: shown }
    }),
  MILESTONE: (g, item) =>
    ofSubject(g, item, ({ repository, issue }) => {
      const milestone = milestoneById(g.world.store, issue.milestone_id)
      const shown = () => milestone && g.show.milestone(g, repository, milestone)
      return milestone && { __typename: 'ProjectV2ItemFieldMilestoneValue', milestone: shown }
    }),
  REPOSITORY: (g, item) =>
    ofSubject(g, item, ({ repository }) => ({
      __typename: 'ProjectV2ItemFieldRepositoryValue',
      repository: () => g.show.repository(g, repository),
    })),
  REVIEWERS: (g, item) =>
    ofSubject(g, item, ({ issue }) => {
      const pull = pullOfIssue(g.world.store, issue.id)
      const users = pull ? requestedReviewersOf(g.world.store, pull.id) : []
      const shown = () => accountsList(g, users)
      return users.length === 0 ? null : { __typename: 'ProjectV2ItemFieldReviewerValue', reviewers: shown }
    }),
}

function ofSubject(g: Graph, item: Item, show: (subject: Subject) => Json | null): Json | null {
  const subject = subjectOf(g, item)
  return subject && show(subject)
}
