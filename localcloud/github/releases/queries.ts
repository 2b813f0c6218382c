import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { Asset, Release } from './schema.ts'

/** The releases of a repository, newest first. */
export function releasesOf(store: Store, repository: number): Release[] {
  return store.all(
    sql`select * from releases where repository_id = ${repository} order by created_at desc, id desc limit 10000`,
    Release,
  )
}

export function releaseById(store: Store, id: number): Release | null {
  return store.first(sql`select * from releases where id = ${id}`, Release)
}

/** The published release of a tag. */
export function releaseOfTag(store: Store, repository: number, tag: string): Release | null {
  return store.first(
    sql`select * from releases where repository_id = ${repository} and tag_name = ${tag} and draft = 0`,
    Release,
  )
}

/** A release by its tag: the published one, or the newest draft that wants it. */
export function releaseByTag(store: Store, repository: number, tag: string): Release | null {
  return store.first(
    sql`select * from releases where repository_id = ${repository} and tag_name = ${tag} order by draft, id desc limit 1`,
    Release,
  )
}

/** The release that a repository shows first: never a draft or a prerelease. */
export function latestRelease(store: Store, repository: number): Release | null {
  return store.first(
    sql`select * from releases where repository_id = ${repository} and draft = 0 and prerelease = 0
      order by latest desc, published_at desc, id desc limit 1`,
    Release,
  )
}

export function assetsOf(store: Store, release: number): Asset[] {
  return store.all(sql`select * from release_assets where release_id = ${release} order by id limit 1000`, Asset)
}

export function assetById(store: Store, id: number): Asset | null {
  return store.first(sql`select * from release_assets where id = ${id}`, Asset)
}
