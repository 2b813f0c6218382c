import { Hono } from 'hono'
import type { Call, Env, Routes, World } from '../world.ts'

export type Handler = (world: World, c: Call) => Response | Promise<Response>

/** Routes as a table: `GET /path/:parameter` and what answers it. Earlier lines win. */
export function routesOf(table: Record<string, Handler>): (world: World) => Routes {
  return (world) => {
    const app = new Hono<Env>()
    for (const [route, handler] of Object.entries(table)) {
      const [method = '', path = ''] = route.split(' ')
      app.on(method, path, (c) => handler(world, c))
    }
    return app
  }
}

/** A part of the path; the router has made sure that it is there. */
export function param(c: Call, name: string): string {
  return c.req.param(name) ?? ''
}

/** A number in the path; nothing has another name, so everything else is not found by it. */
export function numberParam(c: Call, name: string): number {
  const text = param(c, name)
  return /^\d{1,15}$/.test(text) ? Number(text) : -1
}

/** An answer without a body. */
export function noContent(): Response {
  return new Response(null, { status: 204 })
}
