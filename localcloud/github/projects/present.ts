import { userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { issueById } from '../issues/queries.ts'
import { nodeId } from '../platform/ids.ts'
import type { Kind } from '../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import type { Store } from '../platform/store.ts'
import { pullOfIssue } from '../pulls/queries.ts'
import type { World } from '../world.ts'
import type { Field, Item, Project } from './schema.ts'

/** A project as webhooks show it. */
export function projectJson({ store, site }: World, project: Project): Json {
  const owner = accountById(store, project.owner_id)
  return {
    id: project.id,
    node_id: nodeId('ProjectV2', project.id),
    owner: userJsonOrNull(site, owner),
    creator: userJsonOrNull(site, accountById(store, project.creator_id)),
    title: project.title,
    description: project.readme,
    public: project.public,
    closed_at: isoTimeOrNull(project.closed_at),
    created_at: isoTime(project.created_at),
    updated_at: isoTime(project.updated_at),
    number: project.number,
    short_description: project.short_description,
    deleted_at: null,
    deleted_by: null,
  }
}

/** An item as webhooks show it: its content only by name. */
export function itemJson({ store, site }: World, item: Item): Json {
  const { kind, id } = contentOf(store, item)
  return {
    id: item.id,
    node_id: nodeId('ProjectV2Item', item.id),
    project_node_id: nodeId('ProjectV2', item.project_id),
    content_node_id: nodeId(kind, id),
    content_type: kind,
    creator: userJsonOrNull(site, accountById(store, item.creator_id)),
    created_at: isoTime(item.created_at),
    updated_at: isoTime(item.updated_at),
    archived_at: isoTimeOrNull(item.archived_at),
  }
}

/** What an item stands for. A draft has no number of its own and takes its item's. */
export function contentOf(store: Store, item: Item): { readonly kind: Kind; readonly id: number } {
  if (item.issue_id === null) return { kind: 'DraftIssue', id: item.id }
  const pull = issueById(store, item.issue_id)?.is_pull ? pullOfIssue(store, item.issue_id) : null
  return pull ? { kind: 'PullRequest', id: pull.id } : { kind: 'Issue', id: item.issue_id }
}

export function fieldNodeId({ id, type }: Field): string {
  return nodeId(fieldKinds[type] ?? 'ProjectV2Field', id)
}

const fieldKinds: Partial<Record<Field['type'], Kind>> = {
  SINGLE_SELECT: 'ProjectV2SingleSelectField',
  ITERATION: 'ProjectV2IterationField',
}
