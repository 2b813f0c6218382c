import type { Account } from '../accounts/schema.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { raiseProject } from './events.ts'
import { firstFields, firstOptions, invalid, newIterations, newOptions } from './fields.ts'
import type { IterationInput } from './fields.ts'
import { fieldById, fieldNamed, fieldsOf, projectById, takeProjectNumber } from './queries.ts'
import { customTypes } from './schema.ts'
import type { CustomType, Field, NewOption, Project } from './schema.ts'

/** Makes a project with the fields and workflows that every project starts with. */
export function addProject(world: World, owner: Account, creator: Account, title: string): Project {
  const { store, now } = world
  return store.transact(() => {
    const at = now()
    const id = store.insert('projects', {
      owner_id: owner.id,
      number: takeProjectNumber(store, owner.id),
      title: checkedTitle(title),
      creator_id: creator.id,
      created_at: at,
      updated_at: at,
    })
    for (const [position, { name, type }] of firstFields.entries()) {
      const options = JSON.stringify(type === 'SINGLE_SELECT' ? firstOptions : [])
      store.insert('project_fields', { project_id: id, name, type, position, options, created_at: at, updated_at: at })
    }
    for (const [index, name] of workflowNames.entries())
      store.insert('project_workflows', { project_id: id, number: index + 1, name, created_at: at })
    const project = found(projectById(store, id))
    raiseProject(world, project, creator, 'created')
    return project
  })
}

/** The workflows that GitHub switches on in every new project. */
export const workflowNames = ['Item closed', 'Pull request merged'] as const

export type ProjectChange = {
  readonly title?: string | null
  readonly shortDescription?: string | null
  readonly readme?: string | null
  readonly public?: boolean | null
  readonly closed?: boolean | null
}

export function changeProject(world: World, project: Project, actor: Account, change: ProjectChange): Project {
  const { store, now } = world
  return store.transact(() => {
    const turn = turnOf(project, change)
    store.update('projects', project.id, {
      title: typeof change.title === 'string' ? checkedTitle(change.title) : undefined,
      short_description: change.shortDescription ?? undefined,
      readme: change.readme ?? undefined,
      public: change.public ?? undefined,
      ...(turn ? { closed_at: turn === 'closed' ? now() : null } : {}),
      updated_at: now(),
    })
    const after = found(projectById(store, project.id))
    const edits = editsOf(project, after)
    if (Object.keys(edits).length > 0) raiseProject(world, after, actor, 'edited', { changes: edits })
    if (turn) raiseProject(world, after, actor, turn)
    return after
  })
}

/** What closing or reopening it is called, if it does either. */
function turnOf({ closed_at }: Project, { closed }: ProjectChange): 'closed' | 'reopened' | null {
  if (typeof closed !== 'boolean' || closed === (closed_at !== null)) return null
  return closed ? 'closed' : 'reopened'
}

function editsOf(before: Project, after: Project): Record<string, unknown> {
  const names = {
    title: 'title',
    short_description: 'short_description',
    readme: 'description',
    public: 'public',
  } as const
  const changed = (['title', 'short_description', 'readme', 'public'] as const).filter(
    (each) => before[each] !== after[each],
  )
  return Object.fromEntries(changed.map((each) => [names[each], { from: before[each], to: after[each] }]))
}

export function removeProject(world: World, project: Project, actor: Account): void {
  world.store.transact(() => {
    raiseProject(world, project, actor, 'deleted')
    world.store.run(sql`delete from projects where id = ${project.id}`)
  })
}

export function linkRepository({ store, now }: World, project: Project, repository: Repository): void {
  if (repository.owner_id !== project.owner_id) throw invalid('The repository must have the same owner as the project')
  store.transact(() => {
    store.run(sql`insert into project_repositories (project_id, repository_id)
      values (${project.id}, ${repository.id}) on conflict do nothing`)
    store.update('projects', project.id, { updated_at: now() })
  })
}

export function unlinkRepository({ store, now }: World, project: Project, repository: Repository): void {
  store.transact(() => {
    store.run(sql`delete from project_repositories
      where project_id = ${project.id} and repository_id = ${repository.id}`)
    store.update('projects', project.id, { updated_at: now() })
  })
}

export type NewField = {
  readonly name: string
  readonly dataType: CustomType
  readonly singleSelectOptions?: readonly NewOption[] | null
  readonly iterationConfiguration?: IterationInput | null
}

export function addField({ store, now }: World, project: Project, field: NewField): Field {
  const { name, dataType, singleSelectOptions, iterationConfiguration } = field
  const at = now()
  const today = new Date(at).toISOString().slice(0, 10)
  const planned = iterationConfiguration ?? { startDate: today, duration: 14, iterations: [] }
  return store.transact(() => {
    const id = store.insert('project_fields', {
      project_id: project.id,
      name: freeName({ store }, project.id, name),
      type: dataType,
      position: fieldsOf(store, project.id).length,
      options: JSON.stringify(dataType === 'SINGLE_SELECT' ? newOptions(singleSelectOptions ?? []) : []),
      iterations: JSON.stringify(dataType === 'ITERATION' ? newIterations(planned) : null),
      created_at: at,
      updated_at: at,
    })
    return found(fieldById(store, id))
  })
}

export type FieldChange = {
  readonly name?: string | null
  readonly singleSelectOptions?: readonly NewOption[] | null
  readonly iterationConfiguration?: IterationInput | null
}

/** Changes a field. Options and iterations are replaced as a whole, and what items had of the old ones is gone. */
export function changeField({ store, now }: World, field: Field, change: FieldChange): Field {
  const { name, singleSelectOptions, iterationConfiguration } = change
  const options = singleSelectOptions && singleSelectOptions.length > 0 ? newOptions(singleSelectOptions) : null
  const iterations = iterationConfiguration ? newIterations(iterationConfiguration) : null
  if (options && field.type !== 'SINGLE_SELECT') throw invalid('Options can only be set on single select fields')
  if (iterations && field.type !== 'ITERATION') throw invalid('Iterations can only be set on iteration fields')
  return store.transact(() => {
    store.update('project_fields', field.id, {
      name: typeof name === 'string' && name !== field.name ? renamed({ store }, field, name) : undefined,
      options: options ? JSON.stringify(options) : undefined,
      iterations: iterations ? JSON.stringify(iterations) : undefined,
      updated_at: now(),
    })
    if (options ?? iterations) store.run(sql`delete from project_values where field_id = ${field.id}`)
    return found(fieldById(store, field.id))
  })
}

export function removeField({ store }: World, field: Field): void {
  if (!isCustom(field)) throw invalid('Only custom fields can be deleted')
  store.run(sql`delete from project_fields where id = ${field.id}`)
}

/** Whether people made the field: `Status` is GitHub's own although its options are theirs. */
export function isCustom({ type, name }: Field): boolean {
  return customTypes.some((each) => each === type) && name !== 'Status'
}

function renamed(world: Pick<World, 'store'>, field: Field, name: string): string {
  if (!isCustom(field)) throw invalid('Only custom fields can be renamed')
  return field.name.toLowerCase() === name.toLowerCase() ? name : freeName(world, field.project_id, name)
}

function freeName({ store }: Pick<World, 'store'>, project: number, name: string): string {
  if (name.trim() === '') throw invalid("Name can't be blank")
  if (fieldNamed(store, project, name.trim())) throw invalid('Name has already been taken')
  return name.trim()
}

function checkedTitle(title: string): string {
  if (title.trim() === '') throw invalid("Title can't be blank")
  if (title.length > 256) throw invalid('Title is too long (maximum is 256 characters)')
  return title
}
