import type { Context } from 'hono'
import { noSuchRoute } from './envelope.ts'

/**
 * The rest of a path after a number of names below `/client/v4`, decoded: keys may hold slashes, encoded or not, and
 * whatever a router would take for its own.
 */
export function restAfter(c: Context, names: number): string {
  const { pathname } = new URL(c.req.url)
  try {
    return decodeURIComponent(
      pathBelow(pathname)
        .split('/')
        .slice(names + 1)
        .join('/'),
    )
  } catch {
    throw noSuchRoute(pathname)
  }
}

function pathBelow(pathname: string): string {
  const root = '/client/v4'
  return pathname.slice(pathname.indexOf(root) + root.length)
}
