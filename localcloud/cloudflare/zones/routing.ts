import type { Store } from '../store.ts'
import { allRoutes, domainAt } from './queries.ts'

/** A route's pattern, taken apart. A star at the front of the host stands for any beginning, one at the end of the path for any end. */
type Pattern = { readonly scheme: string | null; readonly host: string; readonly path: string }

/** Reads `example.com/*`, `*.example.com/images/*` and the like; null when it is no pattern. */
export function patternOf(text: string): Pattern | null {
  const [, scheme, host, path = ''] = /^(?:(https?):\/\/)?(\*?[a-z0-9.-]*[a-z0-9])(\/[^?#]*)?$/i.exec(text) ?? []
  if (host === undefined) return null
  const middle = path.slice(0, -1)
  if (middle.includes('*')) return null
  return { scheme: scheme ?? null, host: host.toLowerCase(), path: path === '' ? '/' : path }
}

function fits({ host, path }: Pattern, hostname: string, pathname: string): boolean {
  const isHost = host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host
  if (!isHost) return false
  return path.endsWith('*') ? pathname.startsWith(path.slice(0, -1)) : pathname === path
}

/** More certain patterns go before others: a host without a star, then the longer host, then the longer path. */
function certainty({ host, path }: Pattern): readonly number[] {
  return [Number(!host.startsWith('*')), host.length, path.length]
}

/** The script to which a zone's hostname leads: by a custom domain, or by the most certain route that fits. */
export function scriptAt(store: Store, host: string, pathname: string): string | null {
  const hostname = host.replace(/:\d+$/, '').toLowerCase()
  const domain = domainAt(store, hostname)
  const fitting = allRoutes(store).flatMap(({ pattern, script }) => {
    const parsed = patternOf(pattern)
    return parsed && fits(parsed, hostname, pathname) ? [{ script, order: certainty(parsed) }] : []
  })
  const [best] = fitting.toSorted((a, b) => compare(b.order, a.order))
  // A route goes before a custom domain, as the real service does it.
  return best ? best.script : (domain?.service ?? null)
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at])
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0)
}
