import { entryAt } from '../commits/trees.ts'
import { param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import type { Commit } from '../git/commits.ts'
import type { GitRepository } from '../git/repository.ts'
import { found } from '../platform/problem.ts'
import { openRepository } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'

/** All files at once, as an archive. */
export const archiveRoutes = routesOf({
  'GET /repos/:owner/:repo/zipball/:ref{.*}': (world, c) => archive(world, c, 'zip'),
  'GET /repos/:owner/:repo/tarball/:ref{.*}': (world, c) => archive(world, c, 'tar.gz'),
  'GET /repos/:owner/:repo/zipball': (world, c) => archive(world, c, 'zip'),
  'GET /repos/:owner/:repo/tarball': (world, c) => archive(world, c, 'tar.gz'),
})

/** One file as it is, at the address that `download_url` names. */
export const rawRoutes = routesOf({ 'GET /:owner/:repo/raw/:place{.+}': raw })

async function archive(world: World, c: Call, format: 'zip' | 'tar.gz'): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const commit = found(await commitNamed(git, c.req.param('ref') || repository.default_branch))
  const name = `${repository.full_name.replace('/', '-')}-${commit.sha.slice(0, 7)}`
  const bytes = await git.bytes(['archive', `--format=${format}`, `--prefix=${name}/`, commit.sha])
  const type = format === 'zip' ? 'application/zip' : 'application/x-gzip'
  const disposition = `attachment; filename=${name}.${format}`
  return c.body(new Uint8Array(bytes), 200, { 'content-type': type, 'content-disposition': disposition })
}

async function raw(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const { commit, path } = await split(git, param(c, 'place').split('/'))
  const entry = found(await entryAt(git, found(commit).tree, path))
  const { body } = found(await git.object(entry.sha))
  return c.body(new Uint8Array(body), 200, { 'content-type': 'text/plain; charset=utf-8' })
}

/** A ref may hold slashes itself: the shortest that there is counts. */
async function split(git: GitRepository, parts: readonly string[]): Promise<{ commit: Commit | null; path: string }> {
  for (let length = 1; length < parts.length; length += 1) {
    const commit = await commitNamed(git, parts.slice(0, length).join('/'))
    if (commit) return { commit, path: parts.slice(length).join('/') }
  }
  return { commit: null, path: '' }
}
