import type { Json } from '../../accounts/present.ts'
import { accountById } from '../../accounts/queries.ts'
import { commitNamed } from '../../git/commits.ts'
import { nodeId } from '../../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../../platform/site.ts'
import { downloadUrl, releaseHtmlUrl } from '../../releases/present.ts'
import { assetsOf, latestRelease, releaseByTag, releasesOf } from '../../releases/queries.ts'
import type { Asset, Release } from '../../releases/schema.ts'
import type { Repository } from '../../repositories/schema.ts'
import { may } from '../access.ts'
import type { Graph } from '../graph.ts'
import { listOf } from '../lists.ts'
import type { List } from '../lists.ts'
import { escaped } from '../text.ts'

type Order = { readonly field: 'CREATED_AT' | 'NAME'; readonly direction: 'ASC' | 'DESC' }
type ReleaseArgs = { readonly orderBy?: Order | null }

/** What a repository says of its releases. Drafts are for those who may push. */
export function releaseFields(g: Graph, repository: Repository): Json {
  const { store } = g.world
  const shown = (release: Release | null) => (release ? releaseNode(g, repository, release) : null)
  return {
    releases: (args: ReleaseArgs) => releaseList(g, repository, args),
    latestRelease: () => shown(latestRelease(store, repository.id)),
    release: ({ tagName }: { tagName: string }) => {
      const release = releaseByTag(store, repository.id, tagName)
      return shown(release && isSeen(g, repository, release) ? release : null)
    },
  }
}

function releaseList(g: Graph, repository: Repository, { orderBy }: ReleaseArgs): List {
  const seen = releasesOf(g.world.store, repository.id).filter((release) => isSeen(g, repository, release))
  const up = orderBy?.field === 'NAME' ? seen.toSorted((a, b) => compare(nameOf(a), nameOf(b))) : seen.toReversed()
  const ordered = orderBy?.direction === 'DESC' ? up.toReversed() : up
  return listOf(ordered, (release) => releaseNode(g, repository, release))
}

function nameOf({ name, tag_name }: Release): string {
  return name ?? tag_name
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

export function isSeen(g: Graph, repository: Repository, { draft }: Release): boolean {
  return !draft || may(g, repository, 'write')
}

export function releaseNode(g: Graph, repository: Repository, release: Release): Json {
  const { store, site } = g.world
  const url = releaseHtmlUrl(g.world, repository, release)
  const author = accountById(store, release.author_id)
  return {
    __typename: 'Release',
    id: nodeId('Release', release.id),
    databaseId: release.id,
    name: release.name,
    tagName: release.tag_name,
    description: release.body,
    descriptionHTML: release.body === null ? null : `<p>${escaped(release.body)}</p>`,
    shortDescriptionHTML: release.body === null ? null : escaped(release.body),
    isDraft: release.draft,
    isPrerelease: release.prerelease,
    isLatest: () => latestRelease(store, repository.id)?.id === release.id,
    createdAt: isoTime(release.created_at),
    updatedAt: isoTime(release.updated_at),
    publishedAt: isoTimeOrNull(release.published_at),
    url,
    resourcePath: url.slice(site.html.length),
    repository: () => g.show.repository(g, repository),
    author: () => author && g.show.account(g, author),
    releaseAssets: ({ name }: { name?: string | null }) => {
      const assets = assetsOf(store, release.id).filter((asset) => typeof name !== 'string' || asset.name === name)
      return listOf(assets, (asset) => assetNode(g, repository, release, asset))
    },
    ...tagFields(g, repository, release),
  }
}

function tagFields(g: Graph, repository: Repository, { tag_name }: Release): Json {
  const name = `refs/tags/${tag_name}`
  return {
    tag: () => {
      const sha = g.world.refs.get(repository.id, name)
      return sha === null ? null : g.show.ref(g, repository, { name, sha })
    },
    tagCommit: async () => {
      const commit = await commitNamed(g.world.git.at(repository.id), name)
      return commit && g.show.gitObject(g, repository, commit.sha)
    },
  }
}

function assetNode(g: Graph, repository: Repository, release: Release, asset: Asset): Json {
  const { store } = g.world
  const url = downloadUrl(g.world, repository, release, asset)
  const uploader = accountById(store, asset.uploader_id)
  return {
    __typename: 'ReleaseAsset',
    id: nodeId('ReleaseAsset', asset.id),
    name: asset.name,
    contentType: asset.content_type,
    size: asset.size,
    downloadCount: asset.downloads,
    downloadUrl: url,
    url,
    createdAt: isoTime(asset.created_at),
    updatedAt: isoTime(asset.updated_at),
    uploadedBy: () => uploader && g.show.account(g, uploader),
    release: () => releaseNode(g, repository, release),
  }
}
