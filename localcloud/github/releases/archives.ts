import { param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { found } from '../platform/problem.ts'
import { openRepository } from '../repositories/access.ts'
import type { Call, World } from '../world.ts'

/** A repository as one file. GitHub sends these from another host; here they come at once. */
export const archiveRoutes = routesOf({
  'GET /repos/:owner/:repo/tarball': (world, c) => archive(world, c, 'tar.gz'),
  'GET /repos/:owner/:repo/tarball/:ref{.+}': (world, c) => archive(world, c, 'tar.gz'),
  'GET /repos/:owner/:repo/zipball': (world, c) => archive(world, c, 'zip'),
  'GET /repos/:owner/:repo/zipball/:ref{.+}': (world, c) => archive(world, c, 'zip'),
})

async function archive(world: World, c: Call, format: 'tar.gz' | 'zip'): Promise<Response> {
  const repository = openRepository(world, c, 'read')
  const git = world.git.at(repository.id)
  const ref = c.req.param('ref') === undefined ? repository.default_branch : decodeURIComponent(param(c, 'ref'))
  const { sha } = found(await commitNamed(git, ref))
  const name = `${repository.owner.login}-${repository.name}-${sha.slice(0, 7)}`
  const bytes = await git.bytes(['archive', `--format=${format}`, `--prefix=${name}/`, sha])
  const headers = {
    'content-type': format === 'zip' ? 'application/zip' : 'application/x-gzip',
    'content-disposition': `attachment; filename=${name}.${format}`,
  }
  return new Response(new Uint8Array(bytes), { headers })
}
