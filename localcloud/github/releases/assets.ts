import { join } from 'node:path'
import { z } from 'zod'
import { noContent, numberParam, param, routesOf } from '../front/routes.ts'
import { Blobs } from '../platform/blobs.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, found, notFound, validationFailed } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { assetJson } from './present.ts'
import { assetById, assetsOf, latestRelease, releaseById, releaseOfTag } from './queries.ts'
import { openRelease } from './routes.ts'
import type { Asset, Release } from './schema.ts'

const Changes = z.object({ name: z.string().optional(), label: z.string().nullish(), state: z.string().optional() })

/** The files of releases. */
export const assetRoutes = routesOf({
  'GET /repos/:owner/:repo/releases/assets/:asset': show,
  'PATCH /repos/:owner/:repo/releases/assets/:asset': change,
  'DELETE /repos/:owner/:repo/releases/assets/:asset': remove,
  'GET /repos/:owner/:repo/releases/:release/assets': list,
})

/** Where files are sent, and where people fetch them. */
export const fileRoutes = routesOf({
  'POST /api/uploads/repos/:owner/:repo/releases/:release/assets': upload,
  'GET /:owner/:repo/releases/download/:tag/:name': download,
  'GET /:owner/:repo/releases/latest/download/:name': download,
})

export function blobsOf({ options }: World): Blobs {
  return new Blobs(join(options.folder, 'blobs'))
}

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const release = openRelease(world, c, repository)
  return paged(c, assetsOf(world.store, release.id), (asset) => assetJson(world, repository, release, asset))
}

async function upload(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const { user } = callerOf(c)
  const repository = openRepository(world, c, 'write')
  const release = openRelease(world, c, repository)
  const name = c.req.query('name') ?? ''
  if (!/\w/.test(name)) throw validationFailed({ resource: 'ReleaseAsset', code: 'missing_field', field: 'name' })
  const bytes = new Uint8Array(await c.req.arrayBuffer())
  if (bytes.length === 0) throw new Problem(400, 'Bad Content-Length: 0')
  const hash = blobsOf(world).put(bytes)
  const asset = store.transact(() => {
    // What does not belong into a file name becomes a dot, as on GitHub.
    const clean = name.replaceAll(/[^\w.+@~-]+/g, '.')
    refuseTaken(world, release, clean, null)
    const at = now()
    const id = store.insert('release_assets', {
      release_id: release.id,
      name: clean,
      label: c.req.query('label') ?? '',
      content_type: c.req.header('content-type') ?? 'application/octet-stream',
      size: bytes.length,
      hash,
      uploader_id: user.id,
      created_at: at,
      updated_at: at,
    })
    return found(assetById(store, id))
  })
  return c.json(assetJson(world, repository, release, asset), 201)
}

function refuseTaken({ store }: World, release: Release, name: string, own: number | null): void {
  const taken = assetsOf(store, release.id).some((each) => each.name === name && each.id !== own)
  if (taken) throw validationFailed({ resource: 'ReleaseAsset', code: 'already_exists', field: 'name' })
}

type Opened = { readonly repository: Repository; readonly release: Release; readonly asset: Asset }

function openAsset(world: World, c: Call, wanted: 'read' | 'write'): Opened {
  const repository = openRepository(world, c, wanted)
  const asset = found(assetById(world.store, numberParam(c, 'asset')))
  const release = found(releaseById(world.store, asset.release_id))
  if (release.repository_id !== repository.id) throw notFound()
  if (release.draft && wanted === 'read') openRepository(world, c, 'write')
  return { repository, release, asset }
}

function show(world: World, c: Call): Response {
  const { repository, release, asset } = openAsset(world, c, 'read')
  const wantsFile = c.req.header('accept')?.includes('application/octet-stream') === true
  return wantsFile ? fileOf(world, asset) : c.json(assetJson(world, repository, release, asset))
}

async function change(world: World, c: Call): Promise<Response> {
  const { store, now } = world
  const { repository, release, asset } = openAsset(world, c, 'write')
  const { name, label } = await readBody(c, Changes)
  const changed = store.transact(() => {
    if (name !== undefined) refuseTaken(world, release, name, asset.id)
    store.update('release_assets', asset.id, { name, label, updated_at: now() })
    return found(assetById(store, asset.id))
  })
  return c.json(assetJson(world, repository, release, changed))
}

function remove(world: World, c: Call): Response {
  const { asset } = openAsset(world, c, 'write')
  world.store.run(sql`delete from release_assets where id = ${asset.id}`)
  return noContent()
}

/** As a browser fetches it. */
function download(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const tag = c.req.param('tag')
  const { store } = world
  const release = found(
    tag === undefined ? latestRelease(store, repository.id) : releaseOfTag(store, repository.id, tag),
  )
  return fileOf(world, found(assetsOf(store, release.id).find(({ name }) => name === param(c, 'name'))))
}

function fileOf(world: World, asset: Asset): Response {
  world.store.update('release_assets', asset.id, { downloads: asset.downloads + 1 })
  const headers = {
    'content-type': asset.content_type,
    'content-disposition': `attachment; filename=${asset.name}`,
  }
  return new Response(new Uint8Array(blobsOf(world).get(asset.hash)), { headers })
}
