import { z } from 'zod'
import { routesOf } from '../front/routes.ts'
import type { Handler } from '../front/routes.ts'
import { readAnyBody } from '../platform/body.ts'
import { Problem } from '../platform/problem.ts'
import type { Call, World } from '../world.ts'
import { protectionUrl, restrictionsJson } from './present.ts'
import { change, openRules } from './protection.ts'
import type { Opened } from './protection.ts'

const root = '/repos/:owner/:repo/branches/:branch{.+}/protection/restrictions'

type Kind = 'users' | 'teams' | 'apps'
type Combine = (old: readonly string[], named: readonly string[]) => readonly string[]

/** Who may push to a protected branch, kind by kind. */
export const restrictionRoutes = routesOf({ ...routesFor('users'), ...routesFor('teams'), ...routesFor('apps') })

function routesFor(kind: Kind): Record<string, Handler> {
  return {
    [`GET ${root}/${kind}`]: (world, c) => answer(world, c, kind, openRules(world, c)),
    [`POST ${root}/${kind}`]: (world, c) => combine(world, c, kind, (old, named) => [...old, ...named]),
    [`PUT ${root}/${kind}`]: (world, c) => combine(world, c, kind, (_old, named) => named),
    [`DELETE ${root}/${kind}`]: (world, c) =>
      combine(world, c, kind, (old, named) => old.filter((each) => !named.includes(each))),
  }
}

function restrictionsOf({ rules }: Opened) {
  if (rules.restrictions === null) throw new Problem(404, 'Push restrictions not enabled')
  return rules.restrictions
}

function answer(world: World, c: Call, kind: Kind, opened: Opened): Response {
  const url = protectionUrl(world, opened.repository, opened.branch)
  return c.json(restrictionsJson(world, opened.repository, url, restrictionsOf(opened))[kind])
}

/** Names come bare, or under the name of their kind. */
async function combine(world: World, c: Call, kind: Kind, merge: Combine): Promise<Response> {
  const opened = openRules(world, c)
  const before = restrictionsOf(opened)
  const given = await readAnyBody(c, z.union([z.array(z.string()), z.object({ [kind]: z.array(z.string()) })]))
  const named = Array.isArray(given) ? given : (given[kind] ?? [])
  const restrictions = { ...before, [kind]: [...new Set(merge(before[kind], named))] }
  return answer(world, c, kind, { ...opened, rules: change(world, c, opened, { restrictions }) })
}
