import { Hono } from 'hono'
import type { Caller } from '../accounts/schema.ts'
import { notFound } from '../platform/problem.ts'
import type { Env, World } from '../world.ts'
import type { Module } from './app.ts'

/** A call of REST by a part of GitHub that has let its caller in already. What REST refuses is thrown. */
export type RestCall = (caller: Caller, method: string, path: string, body?: unknown) => Promise<unknown>

type Inner = Env & { readonly Bindings: { readonly caller: Caller } }

/** REST without its doors: what another language says too is done once, by the same rules and with the same events. */
export function innerRest(world: World, modules: readonly Module[]): RestCall {
  const app = new Hono<Inner>()
  app.use(async (c, next) => {
    c.set('caller', c.env.caller)
    c.set('requestId', '')
    await next()
  })
  for (const part of modules.flatMap(({ rest = [] }) => rest)) app.route('/api/v3', part(world))
  app.notFound(() => {
    throw notFound()
  })
  app.onError((error) => {
    throw error
  })
  return async (caller, method, path, body) => {
    const more = body === undefined ? {} : { body: JSON.stringify(body) }
    const request = new Request(`${world.site.api}${path}`, { method, ...more })
    const response = await app.fetch(request, { caller })
    return response.status === 204 ? null : response.json()
  }
}
