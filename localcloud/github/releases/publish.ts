import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import type { Account } from '../accounts/schema.ts'
import { commitNamed } from '../git/commits.ts'
import { found, notFound, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { releaseJson } from './present.ts'
import { releaseById, releaseOfTag } from './queries.ts'
import { Wish } from './schema.ts'
import type { Release } from './schema.ts'

/** A release on its way, while its tag is being made: a new one, or a draft that is published. */
const Publication = z.object({ repository: z.number(), release: z.number().nullable(), wish: Wish })
type Publication = z.infer<typeof Publication>

/** A release that makes its own tag is stored in the transaction that stores the tag, also after a kill. */
export function finishPublications(world: World): void {
  world.refs.finish('release', async (body, actor, applied) => {
    const { repository: id, ...publication } = Publication.parse(body)
    return () => {
      const repository = repositoryById(world.store, id)
      if (applied && repository) storeRelease(world, repository, actor, publication)
    }
  })
}

/** Makes or changes a release; one that is published has a tag, and gets it now when there is none. */
export async function writeRelease(
  world: World,
  repository: Repository,
  actor: Account,
  release: Release | null,
  wish: Wish,
): Promise<Release> {
  const { store, refs } = world
  const { tag_name: tag, target_commitish: target, draft } = { ...blank(repository), ...release, ...given(wish) }
  await refuseBadTag(world, repository, release, tag, draft)
  const publication = { release: release?.id ?? null, wish }
  if (draft || refs.get(repository.id, `refs/tags/${tag}`) !== null)
    return store.transact(() => storeRelease(world, repository, actor, publication))
  const git = world.git.at(repository.id)
  const commit = await commitNamed(git, target)
  if (!commit) throw validationFailed({ resource: 'Release', code: 'invalid', field: 'target_commitish' })
  const change = { ref: `refs/tags/${tag}`, before: null, after: commit.sha }
  await world.guards.admit({ repository, actor, change, git, through: 'api' })
  await refs.move(repository, actor, [change], { kind: 'release', body: { repository: repository.id, ...publication } })
  return found(releaseOfTag(store, repository.id, tag))
}

function blank({ default_branch }: Repository) {
  return { tag_name: '', target_commitish: default_branch, draft: false }
}

/** What a wish says, without what it leaves out. */
function given({ tag_name, target_commitish, draft }: Wish) {
  return {
    ...(tag_name === undefined ? {} : { tag_name }),
    ...(target_commitish === undefined ? {} : { target_commitish }),
    ...(draft === undefined ? {} : { draft }),
  }
}

async function refuseBadTag(
  world: World,
  repository: Repository,
  release: Release | null,
  tag: string,
  isDraft: boolean,
): Promise<void> {
  const isForm = await world.git.at(repository.id).succeeds(['check-ref-format', `refs/tags/${tag}`])
  if (!isForm || tag.startsWith('-')) {
    const message = 'tag_name is not well-formed'
    throw validationFailed({ resource: 'Release', code: 'custom', field: 'tag_name', message })
  }
  const other = isDraft ? null : releaseOfTag(world.store, repository.id, tag)
  if (other && other.id !== release?.id)
    throw validationFailed({ resource: 'Release', code: 'already_exists', field: 'tag_name' })
}

function storeRelease(
  world: World,
  repository: Repository,
  actor: Account,
  { release: id, wish }: Omit<Publication, 'repository'>,
): Release {
  const before = id === null ? null : releaseById(world.store, id)
  if (id !== null && !before) throw notFound()
  const after = before ? rewrite(world, before, wish) : insert(world, repository, actor, wish)
  if (wish.make_latest === 'true') keepLatest(world, repository, after)
  raiseChanges(world, repository, actor, before, after)
  return after
}

function insert({ store, now }: World, repository: Repository, actor: Account, wish: Wish): Release {
  const at = now()
  const { make_latest, name = null, body = null, prerelease = false, ...rest } = wish
  const { tag_name, target_commitish, draft } = { ...blank(repository), ...given(rest) }
  const id = store.insert('releases', {
    repository_id: repository.id,
    tag_name,
    target_commitish,
    name,
    body,
    draft,
    prerelease,
    latest: make_latest !== 'false',
    author_id: actor.id,
    created_at: at,
    updated_at: at,
    published_at: draft ? null : at,
  })
  return found(releaseById(store, id))
}

function rewrite({ store, now }: World, before: Release, wish: Wish): Release {
  const { make_latest, ...columns } = wish
  const isPublished = before.published_at === null && columns.draft === false
  const published_at = columns.draft === true ? null : undefined
  store.update('releases', before.id, {
    ...columns,
    latest: make_latest === undefined ? undefined : make_latest !== 'false',
    published_at: isPublished ? now() : published_at,
    updated_at: now(),
  })
  return found(releaseById(store, before.id))
}

/** Only one release is the latest by wish. */
function keepLatest({ store }: World, repository: Repository, { id }: Release): void {
  store.run(sql`update releases set latest = 0 where repository_id = ${repository.id} and id <> ${id}`)
}

function raiseChanges(
  world: World,
  repository: Repository,
  sender: Account,
  before: Release | null,
  after: Release,
): void {
  const edits = before ? editsBetween(before, after) : {}
  if (Object.keys(edits).length > 0) raiseRelease(world, repository, after, sender, 'edited', { changes: edits })
  for (const action of actionsOf(before, after)) raiseRelease(world, repository, after, sender, action)
}

function editsBetween(before: Release, after: Release): Json {
  const changed = (['name', 'body', 'tag_name'] as const).filter((name) => before[name] !== after[name])
  return Object.fromEntries(changed.map((name) => [name, { from: before[name] ?? '' }]))
}

/** What happened to a release beside its words, in order. */
function actionsOf(before: Release | null, after: Release): string[] {
  const out = ['published', after.prerelease ? 'prereleased' : 'released']
  if (before === null) return after.draft ? ['created'] : ['created', ...out]
  if (before.draft !== after.draft) return after.draft ? ['unpublished'] : out
  return before.prerelease && !after.prerelease ? ['released'] : []
}

export function raiseRelease(
  world: World,
  repository: Repository,
  release: Release,
  sender: Account,
  action: string,
  more: Json = {},
): void {
  const body = { release: releaseJson(world, repository, release), ...more }
  world.events.raise({ name: 'release', action, repository, sender, body })
}

/** Removes a release; its tag stays. */
export function removeRelease(world: World, repository: Repository, release: Release, actor: Account): void {
  world.store.transact(() => {
    raiseRelease(world, repository, release, actor, 'deleted')
    world.store.run(sql`delete from releases where id = ${release.id}`)
  })
}
