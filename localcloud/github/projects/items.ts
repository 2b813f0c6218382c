import type { Account } from '../accounts/schema.ts'
import { addIssue } from '../issues/changes.ts'
import type { Issue } from '../issues/schema.ts'
import { nodeId } from '../platform/ids.ts'
import { found } from '../platform/problem.ts'
import { isoTimeOrNull } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { raiseItem } from './events.ts'
import { invalid } from './fields.ts'
import { fieldNodeId } from './present.ts'
import { itemById, itemsWhere, valueOf } from './queries.ts'
import { Item } from './schema.ts'
import type { Content, Draft, Field, Project } from './schema.ts'

/** Adds an issue or a pull request; one that is there already is simply given back. */
export function addContent(world: World, project: Project, issue: Issue, actor: Account): Item {
  const { store } = world
  return store.transact(() => {
    const key = sql`project_id = ${project.id} and issue_id = ${issue.id}`
    const known = store.first(sql`select * from project_items where ${key}`, Item)
    return known ?? insert(world, project, actor, { issue_id: issue.id, draft: null })
  })
}

export function addDraft(world: World, project: Project, draft: Draft, actor: Account): Item {
  if (draft.title.trim() === '') throw invalid("Title can't be blank")
  return world.store.transact(() => insert(world, project, actor, { issue_id: null, draft: JSON.stringify(draft) }))
}

type Subject = { readonly issue_id: number | null; readonly draft: string | null }

function insert(world: World, project: Project, actor: Account, subject: Subject): Item {
  const { store, now } = world
  const at = now()
  const last = itemsWhere(store, sql`project_id = ${project.id}`).at(-1)
  const id = store.insert('project_items', {
    project_id: project.id,
    ...subject,
    position: (last?.position ?? 0) + 1,
    creator_id: actor.id,
    created_at: at,
    updated_at: at,
  })
  store.update('projects', project.id, { updated_at: at })
  const item = found(itemById(store, id))
  raiseItem(world, item, actor, 'created')
  return item
}

export function removeItem(world: World, item: Item, actor: Account): void {
  world.store.transact(() => {
    raiseItem(world, item, actor, 'deleted')
    world.store.run(sql`delete from project_items where id = ${item.id}`)
  })
}

export function setArchived(world: World, item: Item, actor: Account, isArchived: boolean): Item {
  const { store, now } = world
  if ((item.archived_at !== null) === isArchived) return item
  return store.transact(() => {
    const at = isArchived ? now() : null
    store.update('project_items', item.id, { archived_at: at, updated_at: now() })
    const after = found(itemById(store, item.id))
    const changes = { archived_at: { from: isoTimeOrNull(item.archived_at), to: isoTimeOrNull(at) } }
    raiseItem(world, after, actor, isArchived ? 'archived' : 'restored', changes)
    return after
  })
}

/** Puts an item behind another, or first of all. */
export function moveItem(world: World, item: Item, after: Item | null, actor: Account): void {
  const { store, now } = world
  store.transact(() => {
    const before = itemsWhere(store, sql`project_id = ${item.project_id}`)
    const rest = before.filter(({ id }) => id !== item.id)
    const place = after === null ? 0 : rest.findIndex(({ id }) => id === after.id) + 1
    const order = rest.toSpliced(place, 0, item)
    for (const [position, { id }] of order.entries()) store.update('project_items', id, { position: position + 1 })
    store.update('project_items', item.id, { updated_at: now() })
    const changes = { previous_projects_v2_item_node_id: { from: previous(before, item), to: previous(order, item) } }
    raiseItem(world, found(itemById(store, item.id)), actor, 'reordered', changes)
  })
}

/** The id of the item before this one; null when it is the first. */
function previous(items: readonly Item[], { id }: Item): string | null {
  const other = items[items.findIndex((each) => each.id === id) - 1]
  return other ? nodeId('ProjectV2Item', other.id) : null
}

/** Sets or clears what an item says in a field. */
export function setValue(world: World, item: Item, field: Field, content: Content | null, actor: Account): Item {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const before = valueOf(store, item.id, field.id)
    const key = sql`item_id = ${item.id} and field_id = ${field.id}`
    if (content === null) store.run(sql`delete from project_values where ${key}`)
    else
      store.run(sql`insert into project_values (item_id, field_id, value, creator_id, created_at, updated_at)
        values (${item.id}, ${field.id}, ${JSON.stringify(content)}, ${actor.id}, ${at}, ${at})
        on conflict do update set value = excluded.value, updated_at = excluded.updated_at`)
    store.update('project_items', item.id, { updated_at: at })
    store.update('projects', item.project_id, { updated_at: at })
    const after = found(itemById(store, item.id))
    raiseItem(world, after, actor, 'edited', {
      field_value: {
        field_node_id: fieldNodeId(field),
        field_type: field.type.toLowerCase(),
        field_name: field.name,
        from: shownValue(field, before?.value ?? null),
        to: shownValue(field, content),
      },
    })
    return after
  })
}

/** A value as webhooks show it. */
function shownValue(field: Field, content: Content | null): unknown {
  if (content === null) return null
  if ('option' in content) return field.options.find(({ id }) => id === content.option) ?? null
  if ('iteration' in content) return field.iterations?.list.find(({ id }) => id === content.iteration) ?? null
  return Object.values(content)[0]
}

/** Changes the words of a draft. */
export function changeDraft(world: World, item: Item, change: Partial<Draft>, actor: Account): Item {
  const { store, now } = world
  if (change.title?.trim() === '') throw invalid("Title can't be blank")
  return store.transact(() => {
    const draft = JSON.stringify({ ...item.draft, ...change })
    store.update('project_items', item.id, { draft, updated_at: now() })
    const after = found(itemById(store, item.id))
    raiseItem(world, after, actor, 'edited')
    return after
  })
}

/** Makes an issue of a draft; the item stays the same. */
export function convertDraft(world: World, item: Item, draft: Draft, repository: Repository, actor: Account): Item {
  const { store, now } = world
  return store.transact(() => {
    const { title, body } = draft
    const issue = addIssue(world, repository, actor, { title, body: body === '' ? null : body })
    store.update('project_items', item.id, { issue_id: issue.id, draft: null, updated_at: now() })
    const after = found(itemById(store, item.id))
    raiseItem(world, after, actor, 'converted', { content_type: { from: 'DraftIssue', to: 'Issue' } })
    return after
  })
}
