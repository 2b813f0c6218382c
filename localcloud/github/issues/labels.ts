import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { noContent, numberParam, param, routesOf } from '../front/routes.ts'
import { readAnyBody, readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, found, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { changeIssue } from './changes.ts'
import { labelJson } from './present.ts'
import { labelNamed, labelsIn, labelsOf, milestoneNumbered } from './queries.ts'
import { openIssue } from './routes.ts'
import { Label } from './schema.ts'

const NewLabel = z.object({ name: z.string(), color: z.string().optional(), description: z.string().nullish() })
const Changes = NewLabel.partial().extend({ new_name: z.string().optional() })
const Names = z.union([
  z.array(z.union([z.string(), z.object({ name: z.string() })])),
  z
    .object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])).default([]) })
    .transform(({ labels }) => labels),
])

/** The labels of a repository, and which of them an issue has. */
export const labelRoutes = routesOf({
  'GET /repos/:owner/:repo/labels': list,
  'POST /repos/:owner/:repo/labels': create,
  'GET /repos/:owner/:repo/labels/:name': show,
  'PATCH /repos/:owner/:repo/labels/:name': change,
  'DELETE /repos/:owner/:repo/labels/:name': remove,
  'GET /repos/:owner/:repo/milestones/:number/labels': listOfMilestone,
  'GET /repos/:owner/:repo/issues/:number/labels': listOfIssue,
  'POST /repos/:owner/:repo/issues/:number/labels': (world, c) => relabel(world, c, (old, named) => [...old, ...named]),
  'PUT /repos/:owner/:repo/issues/:number/labels': (world, c) => relabel(world, c, (_old, named) => named),
  'DELETE /repos/:owner/:repo/issues/:number/labels': clear,
  'DELETE /repos/:owner/:repo/issues/:number/labels/:name': removeFromIssue,
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return paged(c, labelsIn(world.store, repository.id), (label) => labelJson(world, repository, label))
}

async function create(world: World, c: Call): Promise<Response> {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  const { name, color = 'ededed', description = null } = await readBody(c, NewLabel)
  const label = store.transact(() => {
    const id = store.insert('labels', {
      repository_id: repository.id,
      name: checkedName(world, repository, name),
      color: checkedColor(color),
      description,
      is_default: false,
    })
    const made = labelById(world, id)
    raise(world, c, repository, made, 'created')
    return made
  })
  const shown = labelJson(world, repository, label)
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(labelJson(world, repository, openLabel(world, c, repository)))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  const { name, new_name = name, color, description } = await readBody(c, Changes)
  const changed = store.transact(() => {
    const before = openLabel(world, c, repository)
    const isRenamed = new_name !== undefined && new_name.toLowerCase() !== before.name.toLowerCase()
    const wanted = isRenamed ? checkedName(world, repository, new_name) : new_name
    store.update('labels', before.id, {
      name: wanted,
      color: color === undefined ? undefined : checkedColor(color),
      description,
    })
    const after = labelById(world, before.id)
    raise(world, c, repository, after, 'edited', { changes: changesBetween(before, after) })
    return after
  })
  return c.json(labelJson(world, repository, changed))
}

function remove(world: World, c: Call): Response {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  store.transact(() => {
    const label = openLabel(world, c, repository)
    store.run(sql`delete from labels where id = ${label.id}`)
    raise(world, c, repository, label, 'deleted')
  })
  return noContent()
}

function listOfMilestone(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const milestone = found(milestoneNumbered(world.store, repository.id, numberParam(c, 'number')))
  const labels = world.store.all(
    sql`select distinct labels.* from labels join issue_labels on label_id = labels.id
      join issues on issues.id = issue_id where milestone_id = ${milestone.id} order by labels.name limit 1000`,
    Label,
  )
  return paged(c, labels, (label) => labelJson(world, repository, label))
}

function listOfIssue(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return paged(c, labelsOf(world.store, openIssue(world, c, repository).id), (label) =>
    labelJson(world, repository, label),
  )
}

type Combine = (old: readonly string[], named: readonly string[]) => readonly string[]

async function relabel(world: World, c: Call, combine: Combine): Promise<Response> {
  const repository = openRepository(world, c, 'triage')
  const named = (await readAnyBody(c, Names)).map((label) => (typeof label === 'string' ? label : label.name))
  return setLabels(world, c, repository, (old) => combine(old, named))
}

function clear(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'triage')
  setLabels(world, c, repository, () => [])
  return noContent()
}

function removeFromIssue(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'triage')
  const name = param(c, 'name').toLowerCase()
  return setLabels(world, c, repository, (old) => {
    if (!old.some((each) => each.toLowerCase() === name)) throw new Problem(404, 'Label does not exist')
    return old.filter((each) => each.toLowerCase() !== name)
  })
}

function setLabels(
  world: World,
  c: Call,
  repository: Repository,
  wanted: (old: readonly string[]) => readonly string[],
): Response {
  const { store } = world
  const { user } = callerOf(c)
  const labels = store.transact(() => {
    const issue = openIssue(world, c, repository)
    const names = wanted(labelsOf(store, issue.id).map(({ name }) => name))
    changeIssue(world, repository, issue, user, { labels: names })
    return labelsOf(store, issue.id)
  })
  return c.json(labels.map((label) => labelJson(world, repository, label)))
}

function openLabel({ store }: World, c: Call, repository: Repository): Label {
  return found(labelNamed(store, repository.id, param(c, 'name')))
}

function labelById({ store }: World, id: number): Label {
  return found(store.first(sql`select * from labels where id = ${id}`, Label))
}

function checkedName({ store }: World, repository: Repository, name: string): string {
  if (name.trim() === '') throw validationFailed({ resource: 'Label', code: 'missing_field', field: 'name' })
  if (labelNamed(store, repository.id, name))
    throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' })
  return name
}

/** Without a hash, which GitHub takes for a fault. */
function checkedColor(color: string): string {
  if (!/^[0-9a-f]{6}$|^[0-9a-f]{3}$/i.test(color))
    throw validationFailed({ resource: 'Label', code: 'invalid', field: 'color' })
  return color.length === 3 ? color.replaceAll(/./g, '$&$&') : color
}

function changesBetween(before: Label, after: Label): Json {
  const names = (['name', 'color', 'description'] as const).filter((name) => before[name] !== after[name])
  return Object.fromEntries(names.map((name) => [name, { from: before[name] ?? '' }]))
}

function raise(world: World, c: Call, repository: Repository, label: Label, action: string, more: Json = {}): void {
  const body = { label: labelJson(world, repository, label), ...more }
  world.events.raise({ name: 'label', action, repository, sender: callerOf(c).user, body })
}
