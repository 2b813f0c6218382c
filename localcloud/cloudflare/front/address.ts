import type { IncomingMessage } from 'node:http'

/** Where a request for a deployed script goes: the script's key, and the path that the script sees. */
export type Target = { readonly key: string; readonly path: string; readonly prefix: string }

const hostPattern = /^([a-z0-9_-]+)\.localhost(?::\d+)?$/i
const pathPattern = /^(\/workers\/([A-Za-z0-9_-]+))([/?].*)?$/

/**
 * Finds the script that a request is for: `/workers/<script>/…` on any host name, or `<script>.localhost` as host name.
 * Null when it is for the account itself.
 */
export function targetOf({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Target | null {
  const named = hostPattern.exec(headers.host ?? '')
  if (named) return { key: String(named[1]).toLowerCase(), path: url, prefix: '' }
  const below = pathPattern.exec(url)
  if (!below) return null
  const [, prefix = '', key = '', rest = ''] = below
  return { key, path: rest.startsWith('/') ? rest : `/${rest}`, prefix }
}
