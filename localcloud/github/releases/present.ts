import { userJson, userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { nodeId } from '../platform/ids.ts'
import { found } from '../platform/problem.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { assetsOf } from './queries.ts'
import type { Asset, Release } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function releaseJson(shown: Shown, repository: Repository, release: Release): Json {
  const { store, site } = shown
  const root = repositoryUrl(site, repository)
  const url = `${root}/releases/${release.id}`
  const tag = encodeURIComponent(release.tag_name)
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${uploadsUrl(shown, repository, release)}{?name,label}`,
    html_url: releaseHtmlUrl(shown, repository, release),
    id: release.id,
    author: userJson(site, found(accountById(store, release.author_id))),
    node_id: nodeId('Release', release.id),
    tag_name: release.tag_name,
    target_commitish: release.target_commitish,
    name: release.name,
    draft: release.draft,
    immutable: false,
    prerelease: release.prerelease,
    created_at: isoTime(release.created_at),
    updated_at: isoTime(release.updated_at),
    published_at: isoTimeOrNull(release.published_at),
    assets: assetsOf(store, release.id).map((asset) => assetJson(shown, repository, release, asset)),
    tarball_url: release.draft ? null : `${root}/tarball/${tag}`,
    zipball_url: release.draft ? null : `${root}/zipball/${tag}`,
    body: release.body,
  }
}

export function releaseHtmlUrl({ site }: Shown, repository: Repository, release: Release): string {
  const name = release.draft ? `untagged-${release.id}` : encodeURIComponent(release.tag_name)
  return `${site.html}/${repository.full_name}/releases/tag/${name}`
}

/** Files go to an address of their own, as on any GitHub that has one host. */
function uploadsUrl({ site }: Shown, repository: Repository, release: Release): string {
  return `${site.html}/api/uploads/repos/${repository.full_name}/releases/${release.id}/assets`
}

export function assetJson({ store, site }: Shown, repository: Repository, release: Release, asset: Asset): Json {
  return {
    url: `${repositoryUrl(site, repository)}/releases/assets/${asset.id}`,
    id: asset.id,
    node_id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    label: asset.label,
    uploader: userJsonOrNull(site, accountById(store, asset.uploader_id)),
    content_type: asset.content_type,
    state: 'uploaded',
    size: asset.size,
    digest: `sha256:${asset.hash}`,
    download_count: asset.downloads,
    created_at: isoTime(asset.created_at),
    updated_at: isoTime(asset.updated_at),
    browser_download_url: downloadUrl({ site }, repository, release, asset),
  }
}

export function downloadUrl(
  { site }: Pick<World, 'site'>,
  repository: Repository,
  release: Release,
  asset: Asset,
): string {
  const parts = [release.tag_name, asset.name].map((part) => encodeURIComponent(part))
  return `${site.html}/${repository.full_name}/releases/download/${parts.join('/')}`
}
