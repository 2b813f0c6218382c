import { z } from 'zod'
import { accountByLogin, membershipOf } from '../accounts/queries.ts'
import type { Account, Caller } from '../accounts/schema.ts'
import { routesOf } from '../front/routes.ts'
import type { Change } from '../git/refs.ts'
import type { GitRepository } from '../git/repository.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { forbidden, found, notFound, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import type { Call, World } from '../world.ts'
import { callerOf, openRepository } from './access.ts'
import { createRepository, personOf, storeFirstCommit } from './create.ts'
import { fullRepositoryJson, repositoryJson } from './present.ts'
import { repositoriesWhere } from './queries.ts'
import type { Repository } from './schema.ts'

const FromTemplate = z.object({
  name: z.string(),
  owner: z.string().optional(),
  description: z.string().optional(),
  include_all_branches: z.boolean().optional(),
  private: z.boolean().optional(),
})

const Fork = z.object({
  organization: z.string().optional(),
  name: z.string().optional(),
  default_branch_only: z.boolean().optional(),
})

/** Repositories made from others: from templates and by forking. */
export const copyRoutes = routesOf({
  'POST /repos/:owner/:repo/generate': generate,
  'GET /repos/:owner/:repo/forks': listForks,
  'POST /repos/:owner/:repo/forks': fork,
})

async function generate(world: World, c: Call): Promise<Response> {
  const { store, site, refs } = world
  const caller = callerOf(c)
  const template = openRepository(world, c, 'read')
  if (!template.is_template) throw unprocessable('The repository is not a template.')
  const wanted = await readBody(c, FromTemplate)
  const owner = ownerFor(world, caller, wanted.owner)
  const branches = wanted.include_all_branches === true ? 'refs/heads/' : `refs/heads/${template.default_branch}`
  const made = await createRepository(world, owner, caller, wanted, {
    template,
    defaultBranch: template.default_branch,
    fill: async (draft) => copyTrees(draft, world, template, refs.list(template.id, branches), caller.user),
  })
  const template_repository = repositoryJson(store, site, template)
  return c.json({ ...fullRepositoryJson(store, site, made, 'admin'), template_repository }, 201)
}

function listForks(world: World, c: Call): Response {
  const { store, site } = world
  const parent = openRepository(world, c, 'read')
  const forks = repositoriesWhere(store, sql`parent_id = ${parent.id} and visibility = 'public'`, sql`id desc`)
  return paged(c, forks, (each) => repositoryJson(store, site, each))
}

async function fork(world: World, c: Call): Promise<Response> {
  const { store, site, git, events } = world
  const caller = callerOf(c)
  const parent = openRepository(world, c, 'read')
  const { organization, name = parent.name } = await readBody(c, Fork)
  const owner = ownerFor(world, caller, organization)
  if (owner.id === parent.owner_id) throw forbidden('A repository cannot be forked by its own owner.')
  const { description, homepage, visibility, default_branch } = parent
  const [known] = repositoriesWhere(store, sql`parent_id = ${parent.id} and owner_id = ${owner.id}`)
  const wanted = { name, description, homepage, visibility, has_issues: false }
  const fill = (draft: GitRepository) => copyRefs(draft, git.at(parent.id))
  const made =
    known ?? (await createRepository(world, owner, caller, wanted, { parent, defaultBranch: default_branch, fill }))
  const forkee = fullRepositoryJson(store, site, made, 'admin')
  const body = { forkee: { ...repositoryJson(store, site, made), custom_properties: {} } }
  if (!known) events.raise({ name: 'fork', repository: parent, sender: caller.user, body })
  const source = repositoryJson(store, site, parent)
  return c.json({ ...forkee, parent: source, source }, 202)
}

/** The account in whose name a repository may be made: the caller, or an organisation the caller belongs to. */
export function ownerFor({ store }: World, { user }: Caller, login: string | undefined): Account {
  if (login === undefined || login.toLowerCase() === user.login.toLowerCase()) return user
  const owner = found(accountByLogin(store, login))
  if (owner.type !== 'Organization') throw notFound()
  if (membershipOf(store, owner.id, user.id)?.state !== 'active')
    throw forbidden('You need to be a member of this organization.')
  return owner
}

/** A template gives its files and none of its history. */
async function copyTrees(
  draft: GitRepository,
  { git, now }: World,
  template: Repository,
  branches: readonly { readonly name: string; readonly sha: string }[],
  user: Account,
): Promise<readonly Change[]> {
  if (branches.length === 0) return []
  await draft.bytes([
    'fetch',
    '--quiet',
    '--depth=1',
    `file://${git.at(template.id).folder}`,
    ...branches.map(({ name }) => name),
  ])
  const changes: Change[] = []
  for (const { name, sha } of branches) {
    const tree = await draft.text(['rev-parse', `${sha}^{tree}`])
    changes.push({ ref: name, before: null, after: await storeFirstCommit(draft, tree, personOf(user, now())) })
  }
  return changes
}

async function copyRefs(draft: GitRepository, parent: GitRepository): Promise<readonly Change[]> {
  await draft.bytes([
    'fetch',
    '--quiet',
    `file://${parent.folder}`,
    '+refs/heads/*:refs/copies/heads/*',
    '+refs/tags/*:refs/copies/tags/*',
  ])
  const copies = await draft.refs()
  const input = [...copies].map(([name]) => `delete ${name}\n`).join('')
  await draft.bytes(['update-ref', '--stdin'], { input })
  return [...copies].map(([name, sha]) => ({ ref: name.replace('refs/copies/', 'refs/'), before: null, after: sha }))
}
