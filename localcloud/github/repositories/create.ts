import { z } from 'zod'
import type { Account, Caller } from '../accounts/schema.ts'
import { commitBody } from '../git/commits.ts'
import type { Person } from '../git/commits.ts'
import type { Change } from '../git/refs.ts'
import type { GitRepository } from '../git/repository.ts'
import { Problem, found, notFound } from '../platform/problem.ts'
import type { World } from '../world.ts'
import { scopesToWrite } from './access.ts'
import { repositoryById, repositoryNamed } from './queries.ts'
import { Settings, Switches } from './schema.ts'
import type { Repository } from './schema.ts'

/** What the routes that make a repository take. */
export const NewRepository = z.object({
  name: z.string(),
  description: z.string().nullish(),
  homepage: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private', 'internal']).optional(),
  is_template: z.boolean().optional(),
  auto_init: z.boolean().optional(),
  ...Switches.partial().shape,
})
export type NewRepository = z.infer<typeof NewRepository>

/** Where a repository comes from, beside what was asked for. */
export type Origin = {
  readonly parent?: Repository
  readonly template?: Repository
  readonly defaultBranch?: string
  /** Fills the repository before anybody sees it. @returns the refs that are then set, as its first pushes. */
  readonly fill?: (git: GitRepository) => Promise<readonly Change[]>
}

/**
 * Makes a repository whole or not at all: its objects lie ready in a draft, the row, its place on disk and the note of
 * its first refs come in one transaction, and a restart carries that note out.
 */
export async function createRepository(
  world: World,
  owner: Account,
  { user, token }: Caller,
  wanted: NewRepository,
  origin: Origin = {},
): Promise<Repository> {
  const { store, git, refs, events, now } = world
  if (!scopesToWrite(visibilityOf(wanted)).some((scope) => token.scopes.includes(scope))) throw notFound()
  const name = cleanName(wanted.name)
  refuseTakenName(world, owner, name)
  const branch = origin.defaultBranch ?? 'main'
  const draft = await git.draft(branch)
  const changes = (await origin.fill?.(draft)) ?? []
  const { made, intent } = store.transact(() => {
    refuseTakenName(world, owner, name)
    const id = store.insert(
      'repositories',
      rowFor({ ...wanted, name }, owner, { ...origin, defaultBranch: branch }, now()),
    )
    const repository = found(repositoryById(store, id))
    events.raise({ name: 'repository', action: 'created', repository, sender: user, body: {} })
    git.adopt(draft, id)
    return { made: repository, intent: changes.length > 0 ? refs.intend(repository, user, changes) : null }
  })
  if (intent === null) return made
  const release = await refs.lock(made.id)
  try {
    await refs.carryOut(intent)
  } finally {
    release()
  }
  return found(repositoryById(store, made.id))
}

/** The first commit of a repository that starts with a file. */
export async function fillWithReadme(git: GitRepository, text: string, author: Person): Promise<readonly Change[]> {
  const blob = await git.store('blob', text)
  const tree = await git.text(['mktree'], { input: `100644 blob ${blob}\tREADME.md\n` })
  return [{ ref: 'refs/heads/main', before: null, after: await storeFirstCommit(git, tree, author) }]
}

export async function storeFirstCommit(git: GitRepository, tree: string, author: Person): Promise<string> {
  const commit = { tree, parents: [], author, committer: author, message: 'Initial commit', signature: null }
  return git.store('commit', commitBody(commit))
}

/** How a user signs the commits that the API makes. */
export function personOf(user: Account, at: number): Person {
  return { name: user.name ?? user.login, email: user.email ?? '', at, offset: '+0000' }
}

/** GitHub turns what a name must not hold into hyphens. */
export function cleanName(name: string): string {
  const clean = name.replaceAll(/[^\w.-]+/g, '-').slice(0, 100)
  if (clean === '' || clean === '.' || clean === '..') throw refused('is too short (minimum is 1 character)')
  return clean.replace(/\.git$/i, '')
}

export function refuseTakenName({ store }: World, owner: Account, name: string): void {
  if (repositoryNamed(store, owner.login, name)) throw refused('name already exists on this account')
}

function refused(message: string): Problem {
  const error = { resource: 'Repository', code: 'custom', field: 'name', message }
  return new Problem(422, 'Repository creation failed.', { errors: [error] })
}

function rowFor(
  wanted: NewRepository,
  owner: Account,
  { parent, template, defaultBranch = 'main' }: Origin,
  at: number,
) {
  const { name, description = null, homepage = null, is_template = false } = wanted
  return {
    owner_id: owner.id,
    name,
    description,
    homepage,
    visibility: visibilityOf(wanted),
    default_branch: defaultBranch,
    settings: JSON.stringify(Settings.parse(wanted)),
    is_template,
    parent_id: parent?.id ?? null,
    template_id: template?.id ?? null,
    created_at: at,
    updated_at: at,
    pushed_at: at,
  }
}

function visibilityOf(wanted: NewRepository): Repository['visibility'] {
  return wanted.visibility ?? (wanted.private === true ? 'private' : 'public')
}
