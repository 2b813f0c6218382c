import type { Json } from '../accounts/present.ts'
import type { TreeEntry } from '../commits/trees.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'

type Shown = Pick<World, 'site'>

/** Where something lies: the ref as the caller wrote it, and the path. */
export type Place = { readonly repository: Repository; readonly ref: string; readonly path: string }

/** A file, with its content when that is asked for; or a link or submodule, which have none. */
export function fileJson(
  shown: Shown,
  place: Place,
  entry: TreeEntry,
  content: { text: string; size: number } | null,
): Json {
  const type = entry.type === 'commit' ? 'submodule' : entry.mode === '120000' ? 'symlink' : 'file'
  return {
    name: entry.path,
    path: place.path,
    sha: entry.sha,
    size: content?.size ?? entry.size ?? 0,
    ...linksOf(shown, place, entry),
    type,
    ...(content ? { content: content.text, encoding: 'base64' } : {}),
    ...linksBlock(shown, place, entry),
  }
}

/** What lies in a directory, without contents. */
export function directoryJson(shown: Shown, place: Place, entries: readonly TreeEntry[]): Json[] {
  return entries.map((entry) => {
    const path = place.path === '' ? entry.path : `${place.path}/${entry.path}`
    const below = { ...place, path }
    const type = { tree: 'dir', commit: 'file' }[entry.type] ?? (entry.mode === '120000' ? 'symlink' : 'file')
    return {
      name: entry.path,
      path,
      sha: entry.sha,
      size: entry.size ?? 0,
      ...linksOf(shown, below, entry),
      type,
      ...linksBlock(shown, below, entry),
    }
  })
}

function linksOf({ site }: Shown, { repository, ref, path }: Place, entry: TreeEntry) {
  const root = repositoryUrl(site, repository)
  const isTree = entry.type === 'tree'
  const place = path.split('/').map(encodeURIComponent).join('/')
  return {
    url: `${root}/contents/${place}?ref=${encodeURIComponent(ref)}`,
    html_url: `${site.html}/${repository.full_name}/${isTree ? 'tree' : 'blob'}/${ref}/${place}`,
    git_url: `${root}/git/${isTree ? 'trees' : 'blobs'}/${entry.sha}`,
    download_url: isTree ? null : `${site.html}/${repository.full_name}/raw/${ref}/${place}`,
  }
}

function linksBlock(shown: Shown, place: Place, entry: TreeEntry): Json {
  const { url, git_url, html_url } = linksOf(shown, place, entry)
  return { _links: { self: url, git: git_url, html: html_url } }
}
