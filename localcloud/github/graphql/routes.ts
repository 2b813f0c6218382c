import { Hono } from 'hono'
import { z } from 'zod'
import type { RestCall } from '../front/inner.ts'
import { checked, readAnyBody } from '../platform/body.ts'
import { Problem } from '../platform/problem.ts'
import type { Call, Env, Routes, World } from '../world.ts'
import type { Graph } from './graph.ts'
import { gatherObjects } from './objects.ts'
import { roots } from './roots.ts'
import { shows } from './shows.ts'

const documentation = 'https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql'

const Body = z.object({
  query: z.unknown().optional(),
  variables: z.unknown().optional(),
  operationName: z.string().nullish(),
})

/** GraphQL, all of it in one address. */
export function graphqlRoutes(world: World, rest: RestCall): Routes {
  const app = new Hono<Env>()
  app.post('/api/graphql', (c) => respond(world, rest, c))
  return app
}

async function respond(world: World, rest: RestCall, c: Call): Promise<Response> {
  const caller = c.get('caller')
  if (!caller)
    throw new Problem(401, 'This endpoint requires you to be authenticated.', { documentation_url: documentation })
  const { query, variables, operationName } = await readAnyBody(c, Body)
  if (typeof query !== 'string' || query.trim() === '')
    return c.json({ errors: [{ message: 'A query attribute must be specified and must be a string.' }] })
  const given = variablesIn(variables)
  if (given === null) return c.json({ errors: [{ message: 'Variables must be a JSON object.' }] })
  // The schema takes 50 MB and a quarter of a second: only who asks pays for it.
  const { answer } = await import('./engine.ts')
  const graph: Graph = {
    world,
    caller,
    objects: gatherObjects(world.git),
    show: shows,
    rest: (method, path, body) => rest(caller, method, path, body),
  }
  const asked = { query, variables: given, operationName: operationName ?? undefined }
  return c.json(await answer(asked, roots, graph))
}

const Variables = z.record(z.string(), z.unknown())

/** Some clients send the variables as text. */
function variablesIn(given: unknown): Record<string, unknown> | null {
  if (given === undefined || given === null || given === '') return {}
  if (typeof given === 'string') return parsed(given)
  const result = Variables.safeParse(given)
  return result.success ? result.data : null
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return checked(Variables, JSON.parse(text))
  } catch {
    return null
  }
}
