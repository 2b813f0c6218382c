import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Where a request for a deployed script goes: the script's key, and the path that the script sees. */
export type Target = {
  readonly key: string
  readonly path: string
  readonly prefix: string
  /** The script lives in a dispatch namespace: only who dispatches may call it. */
  readonly isDispatched: boolean
}

/** The key of the script to which a hostname of one's own leads, if any. */
export type Hosted = (host: string, path: string) => string | null

const hostPattern = /^([a-z0-9_-]+)\.localhost$/i
const pagesHostPattern = /^((?:[a-z0-9-]+\.)?[a-z0-9-]+)\.pages\.localhost$/i
const dispatchPattern = /^(\/_local\/dispatch\/([A-Za-z0-9_-]+\/[A-Za-z0-9_-]+))([/?].*)?$/
const pathPattern = /^(\/workers\/([A-Za-z0-9_-]+))([/?].*)?$/
const pagesPattern = /^(\/pages\/((?:[a-z0-9-]+\.)?[a-z0-9-]+))([/?].*)?$/

/**
 * Finds the script that a request is for: `/workers/<script>/…` on any host name, `<script>.localhost` as host name,
 * `/_local/dispatch/<namespace>/<script>/…` for those of a dispatch namespace, `/pages/<project>/…` and
 * `<project>.pages.localhost` for Pages, and the routes and hostnames of the account's zones.
 * Null when it is for the account itself.
 */
export function targetOf(
  { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  hosted: Hosted = () => null,
): Target | null {
  const named = keyAt((headers.host ?? '').replace(/:\d+$/, '').toLowerCase(), url, hosted)
  return named === null ? below(url) : { key: named, path: url, prefix: '', isDispatched: false }
}

function keyAt(host: string, url: string, hosted: Hosted): string | null {
  if (host === 'localhost' || isIP(host.replaceAll(/[[\]]/g, '')) !== 0) return null
  const pages = pagesHostPattern.exec(host)
  if (pages) return pagesKey(String(pages[1]))
  return hostPattern.exec(host)?.[1] ?? hosted(host, url.replace(/[?#].*$/, ''))
}

function below(url: string): Target | null {
  const dispatched = dispatchPattern.exec(url)
  const pages = pagesPattern.exec(url)
  const [, prefix, key, rest = ''] = dispatched ?? pages ?? pathPattern.exec(url) ?? []
  if (prefix === undefined || key === undefined) return null
  return {
    key: pages ? pagesKey(key) : key,
    path: rest.startsWith('/') ? rest : `/${rest}`,
    prefix,
    isDispatched: dispatched !== null,
  }
}

/** Deployments of Pages are scripts of a namespace that no dispatch namespace can be called. */
function pagesKey(place: string): string {
  return `pages~/${place}`
}
