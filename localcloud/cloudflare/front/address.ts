import type { IncomingMessage } from 'node:http'

/** Where a request for a deployed script goes: the script's key, and the path that the script sees. */
export type Target = {
  readonly key: string
  readonly path: string
  readonly prefix: string
  /** The script lives in a dispatch namespace: only who dispatches may call it. */
  readonly isDispatched: boolean
}

const hostPattern = /^([a-z0-9_-]+)\.localhost(?::\d+)?$/i
const dispatchPattern = /^(\/_local\/dispatch\/([A-Za-z0-9_-]+\/[A-Za-z0-9_-]+))([/?].*)?$/
const pathPattern = /^(\/workers\/([A-Za-z0-9_-]+))([/?].*)?$/

/**
 * Finds the script that a request is for: `/workers/<script>/…` on any host name, `<script>.localhost` as host name, or
 * `/_local/dispatch/<namespace>/<script>/…` for those of a dispatch namespace.
 * Null when it is for the account itself.
 */
export function targetOf({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Target | null {
  const named = hostPattern.exec(headers.host ?? '')
  if (named) return { key: String(named[1]).toLowerCase(), path: url, prefix: '', isDispatched: false }
  const dispatched = dispatchPattern.exec(url)
  const [, prefix, key, rest = ''] = dispatched ?? pathPattern.exec(url) ?? []
  if (prefix === undefined || key === undefined) return null
  return { key, path: rest.startsWith('/') ? rest : `/${rest}`, prefix, isDispatched: dispatched !== null }
}
