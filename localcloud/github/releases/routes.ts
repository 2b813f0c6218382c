import { z } from 'zod'
import { noContent, numberParam, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { found, notFound } from '../platform/problem.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { writeNotes } from './notes.ts'
import { releaseJson } from './present.ts'
import { removeRelease, writeRelease } from './publish.ts'
import { latestRelease, releaseById, releaseOfTag, releasesOf } from './queries.ts'
import { Wish } from './schema.ts'
import type { Release } from './schema.ts'

const NewRelease = Wish.extend({ tag_name: z.string(), generate_release_notes: z.boolean().default(false) })
const Range = z.object({
  tag_name: z.string(),
  target_commitish: z.string().optional(),
  previous_tag_name: z.string().optional(),
})

/** Releases as wholes. */
export const releaseRoutes = routesOf({
  'GET /repos/:owner/:repo/releases': list,
  'POST /repos/:owner/:repo/releases': create,
  'POST /repos/:owner/:repo/releases/generate-notes': generateNotes,
  'GET /repos/:owner/:repo/releases/latest': showLatest,
  'GET /repos/:owner/:repo/releases/tags/:tag{.+}': showTagged,
  'GET /repos/:owner/:repo/releases/:release': show,
  'PATCH /repos/:owner/:repo/releases/:release': change,
  'DELETE /repos/:owner/:repo/releases/:release': remove,
})

/** Drafts are seen by those who may push, and by nobody else. */
function seesDrafts({ store }: World, c: Call, repository: Repository): boolean {
  return isAtLeast(roleOfCaller(store, repository, c.get('caller')), 'write')
}

export function openRelease(world: World, c: Call, repository: Repository): Release {
  const release = found(releaseById(world.store, numberParam(c, 'release')))
  if (release.repository_id !== repository.id) throw notFound()
  if (release.draft && !seesDrafts(world, c, repository)) throw notFound()
  return release
}

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const all = seesDrafts(world, c, repository)
  const releases = releasesOf(world.store, repository.id).filter(({ draft }) => all || !draft)
  return paged(c, releases, (release) => releaseJson(world, repository, release))
}

async function create(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const { generate_release_notes, ...wish } = await readBody(c, NewRelease)
  const written = generate_release_notes ? await withNotes(world, repository, wish) : wish
  const release = await writeRelease(world, repository, callerOf(c).user, null, written)
  const shown = releaseJson(world, repository, release)
  return c.json(shown, 201, { location: String(shown['url']) })
}

/** The notes follow what was written by hand. */
async function withNotes(world: World, repository: Repository, wish: Wish & { tag_name: string }): Promise<Wish> {
  const notes = await writeNotes(world, repository, wish)
  const body = [wish.body, notes.body].filter(Boolean).join('\n\n')
  return { ...wish, name: wish.name ?? notes.name, body }
}

async function generateNotes(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  return c.json(await writeNotes(world, repository, await readBody(c, Range)))
}

function showLatest(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(releaseJson(world, repository, found(latestRelease(world.store, repository.id))))
}

function showTagged(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const release = found(releaseOfTag(world.store, repository.id, param(c, 'tag')))
  return c.json(releaseJson(world, repository, release))
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(releaseJson(world, repository, openRelease(world, c, repository)))
}

async function change(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'write')
  const before = openRelease(world, c, repository)
  const wish = await readBody(c, Wish)
  const release = await writeRelease(world, repository, callerOf(c).user, before, wish)
  return c.json(releaseJson(world, repository, release))
}

function remove(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'write')
  removeRelease(world, repository, openRelease(world, c, repository), callerOf(c).user)
  return noContent()
}
