import { z } from 'zod'
import { sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { repositoriesWhere } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import { Field, Item, Project, Value, Workflow } from './schema.ts'

const Last = z.object({ last: z.number() })

export function projectById(store: Store, id: number): Project | null {
  return store.first(sql`select * from projects where id = ${id}`, Project)
}

export function projectsWhere(store: Store, condition: Statement): Project[] {
  return store.all(sql`select * from projects where ${condition} order by number desc, id desc limit 10000`, Project)
}

/** The next number among the owner's projects; none is given twice. */
export function takeProjectNumber(store: Store, owner: number): number {
  store.run(sql`insert into project_numbers (owner_id, last) values (${owner}, 1)
    on conflict do update set last = last + 1`)
  return store.first(sql`select last from project_numbers where owner_id = ${owner}`, Last)?.last ?? 1
}

export function repositoriesOf(store: Store, project: number): Repository[] {
  return repositoriesWhere(
    store,
    sql`id in (select repository_id from project_repositories where project_id = ${project})`,
    sql`created_at desc, id desc`,
  )
}

export function fieldsOf(store: Store, project: number): Field[] {
  return store.all(
    sql`select * from project_fields where project_id = ${project} order by position, id limit 1000`,
    Field,
  )
}

export function fieldById(store: Store, id: number): Field | null {
  return store.first(sql`select * from project_fields where id = ${id}`, Field)
}

export function fieldNamed(store: Store, project: number, name: string): Field | null {
  return store.first(sql`select * from project_fields where project_id = ${project} and name = ${name}`, Field)
}

export function itemsWhere(store: Store, condition: Statement): Item[] {
  return store.all(sql`select * from project_items where ${condition} order by position, id limit 100000`, Item)
}

export function itemById(store: Store, id: number): Item | null {
  return store.first(sql`select * from project_items where id = ${id}`, Item)
}

export function valueOf(store: Store, item: number, field: number): Value | null {
  return store.first(sql`select * from project_values where item_id = ${item} and field_id = ${field}`, Value)
}

export function workflowsOf(store: Store, project: number): Workflow[] {
  return store.all(
    sql`select * from project_workflows where project_id = ${project} order by name, number limit 100`,
    Workflow,
  )
}

export function workflowById(store: Store, id: number): Workflow | null {
  return store.first(sql`select * from project_workflows where id = ${id}`, Workflow)
}
