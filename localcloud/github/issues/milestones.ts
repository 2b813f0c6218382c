import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { noContent, numberParam, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { found, unprocessable, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { milestoneJson } from './present.ts'
import { milestoneById, milestoneNumbered } from './queries.ts'
import { Milestone } from './schema.ts'

const NewMilestone = z.object({
  title: z.string(),
  state: z.enum(['open', 'closed']).optional(),
  description: z.string().nullish(),
  due_on: z.string().nullish(),
})

export const milestoneRoutes = routesOf({
  'GET /repos/:owner/:repo/milestones': list,
  'POST /repos/:owner/:repo/milestones': create,
  'GET /repos/:owner/:repo/milestones/:number': show,
  'PATCH /repos/:owner/:repo/milestones/:number': change,
  'DELETE /repos/:owner/:repo/milestones/:number': remove,
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const { state = 'open', direction } = c.req.query()
  const inState = state === 'all' ? sql`true` : sql`state = ${state}`
  const order = direction === 'desc' ? sql`due_on desc, number desc` : sql`due_on, number`
  const all = world.store.all(
    sql`select * from milestones where repository_id = ${repository.id} and ${inState} order by ${order} limit 10000`,
    Milestone,
  )
  return paged(c, all, (milestone) => milestoneJson(world, repository, milestone))
}

async function create(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const repository = openRepository(world, c, 'write')
  const { title, state = 'open', description = null, due_on } = await readBody(c, NewMilestone)
  const { user } = callerOf(c)
  const milestone = store.transact(() => {
    refuseTitle(world, repository, title)
    const at = now()
    const id = store.insert('milestones', {
      repository_id: repository.id,
      number: nextNumber(world, repository),
      title,
      description,
      state,
      due_on: dueTime(due_on) ?? null,
      creator_id: user.id,
      created_at: at,
      updated_at: at,
      closed_at: state === 'closed' ? at : null,
    })
    const made = found(milestoneById(store, id))
    raise(world, c, repository, made, 'created')
    return made
  })
  const shown = milestoneJson(world, repository, milestone)
  return c.json(shown, 201, { location: String(shown['url']) })
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(milestoneJson(world, repository, openMilestone(world, c, repository)))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const repository = openRepository(world, c, 'write')
  const { title, state, description, due_on } = await readBody(c, NewMilestone.partial())
  const changed = store.transact(() => {
    const before = openMilestone(world, c, repository)
    if (title !== undefined && title !== before.title) refuseTitle(world, repository, title)
    const at = now()
    const closed_at = state === undefined || state === before.state ? undefined : state === 'closed' ? at : null
    store.update('milestones', before.id, {
      title,
      state,
      description,
      due_on: dueTime(due_on),
      closed_at,
      updated_at: at,
    })
    const after = found(milestoneById(store, before.id))
    const changes = changesBetween(before, after)
    if (Object.keys(changes).length > 0) raise(world, c, repository, after, 'edited', { changes })
    if (after.state !== before.state) raise(world, c, repository, after, after.state === 'closed' ? 'closed' : 'opened')
    return after
  })
  return c.json(milestoneJson(world, repository, changed))
}

function remove(world: World, c: Call): Response {
  const { store } = world
  const repository = openRepository(world, c, 'write')
  store.transact(() => {
    const milestone = openMilestone(world, c, repository)
    raise(world, c, repository, milestone, 'deleted')
    store.run(sql`delete from milestones where id = ${milestone.id}`)
  })
  return noContent()
}

function openMilestone({ store }: World, c: Call, repository: Repository): Milestone {
  return found(milestoneNumbered(store, repository.id, numberParam(c, 'number')))
}

function nextNumber({ store }: World, { id }: Repository): number {
  return store.count(sql`select coalesce(max(number), 0) + 1 as count from milestones where repository_id = ${id}`)
}

function refuseTitle({ store }: World, { id }: Repository, title: string): void {
  if (title.trim() === '') throw validationFailed({ resource: 'Milestone', code: 'missing_field', field: 'title' })
  const taken = store.count(
    sql`select count(*) as count from milestones where repository_id = ${id} and title = ${title}`,
  )
  if (taken > 0) throw validationFailed({ resource: 'Milestone', code: 'already_exists', field: 'title' })
}

function dueTime(text: string | null | undefined): number | null | undefined {
  if (text === undefined || text === null) return text
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw unprocessable(
      `Invalid request.\n\nFor 'properties/due_on', ${JSON.stringify(text)} is not a valid date-time.`,
    )
  return at
}

function changesBetween(before: Milestone, after: Milestone): Json {
  const names = (['title', 'description', 'due_on'] as const).filter((name) => before[name] !== after[name])
  return Object.fromEntries(names.map((name) => [name, { from: String(before[name] ?? '') }]))
}

function raise(
  world: World,
  c: Call,
  repository: Repository,
  milestone: Milestone,
  action: string,
  more: Json = {},
): void {
  const body = { milestone: milestoneJson(world, repository, milestone), ...more }
  world.events.raise({ name: 'milestone', action, repository, sender: callerOf(c).user, body })
}
