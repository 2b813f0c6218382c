import type { Context } from 'hono'
import { noSuchRoute } from './envelope.ts'

/**
 * The rest of a path after the last fixed name, decoded: keys may hold slashes, encoded or not, and whatever a router
 * would take for its own.
 */
export function restAfter(c: Context, name: string): string {
  const { pathname } = new URL(c.req.url)
  const from = pathname.indexOf(`/${name}/`)
  try {
    return from === -1 ? '' : decodeURIComponent(pathname.slice(from + name.length + 2))
  } catch {
    throw noSuchRoute(pathname)
  }
}
