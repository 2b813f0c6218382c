import type { AppContext } from '../../platform/api.ts'
import type { Account } from './account.ts'
import { Refused } from './envelope.ts'
import { operationOf } from './operation.ts'
import type { Operation } from './operation.ts'
import { isPlain, targetOf } from './resource.ts'
import type { Target } from './resource.ts'

/** A call of Cloudflare's API as it came, and what it means there. */
export type Call = {
  readonly operation: Operation
  readonly target: Target
  /** The path below `/client/v4`, byte for byte, but for an account that a shorthand leaves out. */
  readonly path: string
  /** With its `?`, or empty. */
  readonly query: string
}

const mounts = ['/client/v4', '/sdk']

/** Whether a path is the gateway's, so that its failures are told in Cloudflare's words. */
export function isGateway(path: string): boolean {
  return mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))
}

/** The request of another Worker with the token that it was made with. What it says of itself is not believed. */
export function gatewayRequest(token: string, request: Request): Request {
  const { pathname } = new URL(request.url)
  if (!isGateway(pathname)) throw new TypeError(`Nothing of Cloudflare's API is at ${pathname}.`)
  const headers = new Headers(request.headers)
  headers.delete('cf-connecting-ip')
  headers.set('authorization', `Bearer ${token}`)
  return new Request(request, { headers })
}

/**
 * Reads what a call asks for. Below `/sdk` the account may be left out: `/sdk/d1/database` is that of the account.
 * @throws Refused when Cloudflare has no such operation, or the account is another
 */
export function callIn(c: AppContext, account: Account): Call {
  const { pathname, search: query } = new URL(c.req.url)
  const mount = mounts.find((one) => pathname.startsWith(`${one}/`)) ?? ''
  const asked = pathname.slice(mount.length)
  const { path, operation } = find(c.req.method, asked, mount === '/sdk' ? account : null)
  return proved(path, operation, query, account)
}

/** A call that a shorthand of ours stands for. */
export function callAt(method: string, path: string, account: Account): Call {
  const { operation } = find(method, path, null)
  return proved(path, operation, '', account)
}

function proved(path: string, operation: Operation, query: string, account: Account): Call {
  if (operation.account !== null && operation.account !== account.id) {
    const chain = [{ code: 9109, message: `The gateway leads to one account, which is ${account.id}.` }]
    throw new Refused(403, { code: 9109, message: 'Unauthorized to access requested resource', error_chain: chain })
  }
  if (!isPlain(operation)) throw noRoute(path)
  return { operation, target: targetOf(operation), path, query }
}

function find(method: string, asked: string, account: Account | null): { path: string; operation: Operation } {
  const paths = account ? [asked, `/accounts/${account.id}${asked}`] : [asked]
  const found = paths.map((path) => ({ path, operation: operationOf(method, path) }))
  for (const { path, operation } of found) {
    if (operation !== null && !('methods' in operation)) return { path, operation }
  }
  const methods = found.flatMap(({ operation }) =>
    operation !== null && 'methods' in operation ? operation.methods : [],
  )
  if (methods.length === 0) throw noRoute(asked)
  const message = `Method ${method} not available for that URI.`
  throw new Refused(405, { code: 7001, message }, { allow: methods.join(', ') })
}

function noRoute(path: string): Refused {
  const message = `Could not route to ${path}, perhaps your object identifier is invalid?`
  const chain = [{ code: 7000, message: 'The gateway lets through only operations that it knows.' }]
  return new Refused(404, { code: 7003, message, error_chain: chain })
}
