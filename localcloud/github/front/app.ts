import { Hono } from 'hono'
import { Problem, notFound } from '../platform/problem.ts'
import type { Store } from '../platform/store.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Env, Routes, World } from '../world.ts'
import { innerRest } from './inner.ts'
import type { RestCall } from './inner.ts'
import { authentication, breakage, caching, identity, quota } from './middleware.ts'

/** Work that goes on; `stop` waits for its end. */
export type Work = { readonly stop: () => Promise<void> }

/** A part of GitHub: its tables, and what it adds to a world that has them. */
export type Module = {
  readonly tables?: string
  /** Hears of events and moves of refs; runs once at the start. */
  readonly wire?: (world: World) => void
  /** What it does beside answering, from when the state is settled until the server stops. */
  readonly work?: (world: World) => Work
  /** Routes below `/api/v3`. */
  readonly rest?: readonly ((world: World) => Routes)[]
  /** Routes at the root, such as `/api/graphql`. */
  readonly root?: readonly ((world: World, rest: RestCall) => Routes)[]
}

/** Pages of any origin may call, as they may call GitHub. */
const preflight = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE',
  'access-control-allow-headers':
    'Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, ' +
    'X-GitHub-OTP, X-Requested-With, User-Agent, GraphQL-Features, X-GitHub-Next-Global-ID, X-GitHub-Api-Version',
  'access-control-max-age': '86400',
}

/** The whole HTTP front but for git, which speaks its own protocol. */
export function buildApp(world: World, modules: readonly Module[]): { fetch: (request: Request) => Promise<Response> } {
  const app = new Hono<Env>()
  app.options('/api/*', () => new Response(null, { status: 204, headers: preflight }))
  app.use('*', identity(), caching(world))
  app.use('/api/*', breakage(world))
  app.use('*', authentication(world))
  app.use('/api/*', quota(world))
  const inner = innerRest(world, modules)
  for (const { rest = [], root = [] } of modules) {
    for (const part of root) app.route('/', part(world, inner))
    for (const part of rest) app.route('/api/v3', part(world))
  }
  app.notFound(() => {
    throw notFound()
  })
  app.onError((error, c) => {
    if (error instanceof Problem) {
      for (const [name, value] of Object.entries(error.headers)) c.header(name, value)
      return new Response(JSON.stringify(error.body()), {
        status: error.status,
        headers: { ...Object.fromEntries(c.res.headers), 'content-type': 'application/json; charset=utf-8' },
      })
    }
    console.error(error)
    return c.json({ message: 'Server Error' }, 500)
  })
  return { fetch: async (request) => app.fetch(rewritten(world.store, request)) }
}

/** `api.github.com` has no `/api/v3`, and addresses by number (`/repositories/1/…`) mean those by name. */
function rewritten(store: Store, request: Request): Request {
  const url = new URL(request.url)
  const path = url.pathname
  if (url.hostname.startsWith('api.')) url.pathname = path === '/graphql' ? '/api/graphql' : `/api/v3${path}`
  if (url.pathname === '/api/v3/') url.pathname = '/api/v3'
  const [, id, rest = ''] = /^\/api\/v3\/repositories\/(\d{1,15})(\/.*)?$/.exec(url.pathname) ?? []
  const repository = id === undefined ? null : repositoryById(store, Number(id))
  if (repository) url.pathname = `/api/v3/repos/${repository.full_name}${rest}`
  return url.pathname === path ? request : new Request(url, request)
}
