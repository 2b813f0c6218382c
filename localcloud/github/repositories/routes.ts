import { z } from 'zod'
import { organizationJson, userJson } from '../accounts/present.ts'
import { accountByLogin } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { forbidden, found, validationFailed } from '../platform/problem.ts'
import { every, sql } from '../platform/sql.ts'
import type { Statement } from '../platform/sql.ts'
import type { Call, World } from '../world.ts'
import { callerOf, openRepository, roleOfCaller } from './access.ts'
import { actionsOf } from './changes.ts'
import { ownerFor } from './copies.ts'
import { NewRepository, cleanName, createRepository, fillWithReadme, personOf, refuseTakenName } from './create.ts'
import { fullRepositoryJson, permissionsJson, repositoryJson } from './present.ts'
import { repositoriesWhere, repositoryById } from './queries.ts'
import { Settings } from './schema.ts'
import type { Repository } from './schema.ts'

const Changes = NewRepository.partial().extend({
  archived: z.boolean().optional(),
  default_branch: z.string().optional(),
})
type Changes = z.infer<typeof Changes>
const Transfer = z.object({ new_owner: z.string(), new_name: z.string().optional() })

/** Repositories as wholes. */
export const repositoryRoutes = routesOf({
  'POST /user/repos': (world, c) => create(world, c, callerOf(c).user),
  'POST /orgs/:org/repos': (world, c) => create(world, c, ownerFor(world, callerOf(c), param(c, 'org'))),
  'GET /user/repos': (world, c) => list(world, c, ownedOrShared(callerOf(c).user)),
  'GET /users/:login/repos': (world, c) => list(world, c, ownedBy(world, param(c, 'login'))),
  'GET /orgs/:org/repos': (world, c) => list(world, c, ownedBy(world, param(c, 'org'))),
  'GET /repositories': (world, c) =>
    list(world, c, sql`visibility = 'public' and id > ${Number(c.req.query('since')) || 0}`),
  'GET /repos/:owner/:repo': show,
  'PATCH /repos/:owner/:repo': change,
  'DELETE /repos/:owner/:repo': remove,
  'POST /repos/:owner/:repo/transfer': transfer,
})

async function create(world: World, c: Call, owner: Account): Promise<Response> {
  const caller = callerOf(c)
  const wanted = await readBody(c, NewRepository)
  const readme = `# ${wanted.name}\n${wanted.description ?? ''}`.trimEnd()
  const author = personOf(caller.user, world.now())
  const made = await createRepository(world, owner, caller, wanted, {
    fill: async (git) => (wanted.auto_init === true ? fillWithReadme(git, `${readme}\n`, author) : []),
  })
  return c.json(shown(world, c, made), 201, { location: `${world.site.api}/repos/${made.full_name}` })
}

function list(world: World, c: Call, condition: Statement): Response {
  const { store, site } = world
  const seen = repositoriesWhere(store, every([condition, filtered(c)]), ordered(c)).flatMap((repository) => {
    const role = roleOfCaller(store, repository, c.get('caller'))
    return role === 'none' ? [] : [{ repository, role }]
  })
  return paged(c, seen, ({ repository, role }) => ({
    ...repositoryJson(store, site, repository),
    ...permissionsJson(role),
  }))
}

function show(world: World, c: Call): Response {
  return c.json(shown(world, c, openRepository(world, c, 'read')))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store, refs, git, events, now } = world
  const repository = openRepository(world, c, 'admin')
  const changes = await readBody(c, Changes)
  const { default_branch } = changes
  if (default_branch !== undefined && default_branch !== repository.default_branch) {
    const ref = `refs/heads/${default_branch}`
    if (refs.get(repository.id, ref) === null)
      throw validationFailed({ resource: 'Repository', field: 'default_branch', code: 'invalid' })
    await git.at(repository.id).bytes(['symbolic-ref', 'HEAD', ref])
  }
  const changed = store.transact(() => {
    const before = found(repositoryById(store, repository.id))
    if (changes.name !== undefined) rename(world, before, before.owner, changes.name)
    store.update('repositories', before.id, { ...columnsFor(before, changes), updated_at: now() })
    const after = found(repositoryById(store, before.id))
    for (const raised of actionsOf(before, after))
      events.raise({ name: 'repository', repository: after, sender: callerOf(c).user, ...raised })
    return after
  })
  return c.json(shown(world, c, changed))
}

async function remove(world: World, c: Call): Promise<Response> {
  const { store, events, git } = world
  const repository = openRepository(world, c, 'admin')
  const { user, token } = callerOf(c)
  if (!token.scopes.includes('delete_repo')) throw forbidden('Must have admin rights to Repository.')
  store.transact(() => {
    events.raise({ name: 'repository', action: 'deleted', repository, sender: user, body: {} })
    store.run(sql`update repositories set parent_id = null where parent_id = ${repository.id}`)
    store.run(sql`delete from repositories where id = ${repository.id}`)
  })
  await git.remove(repository.id)
  return noContent()
}

async function transfer(world: World, c: Call): Promise<Response> {
  const { store, events, now } = world
  const repository = openRepository(world, c, 'admin')
  const { new_owner, new_name = repository.name } = await readBody(c, Transfer)
  const owner = found(accountByLogin(store, new_owner))
  const moved = store.transact(() => {
    rename(world, repository, owner, new_name)
    store.update('repositories', repository.id, { owner_id: owner.id, updated_at: now() })
    const after = found(repositoryById(store, repository.id))
    const { owner: giver } = repository
    const from =
      giver.type === 'User'
        ? { user: userJson(world.site, giver) }
        : { organization: organizationJson(world.site, giver) }
    const body = { changes: { owner: { from } } }
    events.raise({ name: 'repository', action: 'transferred', repository: after, sender: callerOf(c).user, body })
    return after
  })
  return c.json(repositoryJson(store, world.site, moved), 202)
}

/** The old name keeps leading here until somebody takes it. */
function rename(world: World, repository: Repository, owner: Account, wanted: string): void {
  const name = cleanName(wanted)
  const same = owner.id === repository.owner_id && name.toLowerCase() === repository.name.toLowerCase()
  if (same) {
    world.store.update('repositories', repository.id, { name })
    return
  }
  refuseTakenName(world, owner, name)
  const { full_name, id } = repository
  world.store.run(sql`insert into repository_names (full_name, repository_id) values (${full_name}, ${id})
    on conflict do update set repository_id = excluded.repository_id`)
  world.store.update('repositories', id, { name })
}

function columnsFor(before: Repository, changes: Changes) {
  const { description, homepage, archived, is_template, default_branch } = changes
  const visibility =
    changes.visibility ?? (changes.private === undefined ? undefined : changes.private ? 'private' : 'public')
  const settings = JSON.stringify(Settings.parse({ ...before.settings, ...definedIn(changes) }))
  return { description, homepage, archived, is_template, default_branch, visibility, settings }
}

function definedIn(changes: Changes): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

function shown({ store, site }: World, c: Call, repository: Repository) {
  const relative = (name: string, id: number | null) => {
    const other = id === null ? null : repositoryById(store, id)
    return other ? { [name]: repositoryJson(store, site, other) } : {}
  }
  return {
    ...fullRepositoryJson(store, site, repository, roleOfCaller(store, repository, c.get('caller'))),
    ...relative('template_repository', repository.template_id),
    ...relative('parent', repository.parent_id),
    ...relative('source', repository.parent_id),
  }
}

function ownedBy({ store }: World, login: string): Statement {
  return sql`owner_id = ${found(accountByLogin(store, login)).id}`
}

function ownedOrShared({ id }: Account): Statement {
  return sql`(owner_id = ${id} or id in (select repository_id from collaborators where user_id = ${id})
    or owner_id in (select organization_id from memberships where user_id = ${id} and state = 'active'))`
}

function filtered(c: Call): Statement | null {
  const wanted = c.req.query('type') ?? c.req.query('visibility')
  if (wanted === 'public') return sql`visibility = 'public'`
  if (wanted === 'private') return sql`visibility = 'private'`
  if (wanted === 'forks') return sql`parent_id is not null`
  return wanted === 'sources' ? sql`parent_id is null` : null
}

function ordered(c: Call): Statement {
  const sort = c.req.query('sort') ?? 'full_name'
  const columns: Record<string, Statement> = {
    created: sql`created_at`,
    updated: sql`updated_at`,
    pushed: sql`pushed_at`,
  }
  const column = columns[sort] ?? sql`name collate nocase`
  const isDown = c.req.query('direction') === 'desc' || (c.req.query('direction') === undefined && sort !== 'full_name')
  return isDown ? sql`${column} desc, id desc` : sql`${column}, id`
}
