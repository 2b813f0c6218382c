import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { noContent, routesOf } from '../front/routes.ts'
import type { Handler } from '../front/routes.ts'
import { readAnyBody, readBody } from '../platform/body.ts'
import { Problem, notFound } from '../platform/problem.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { checksJson, protectionJson, protectionUrl, restrictionsJson } from './present.ts'
import { protect, protectionFor, unprotect } from './queries.ts'
import { openBranch } from './routes.ts'
import { RequiredChecks, RequiredReviews, RestrictionRules, Restrictions, ReviewRules, Rules } from './schema.ts'

const ChecksBody = z.object({
  strict: z.boolean().optional(),
  contexts: z.array(z.string()).optional(),
  checks: z.array(z.object({ context: z.string() })).optional(),
})
const given = z.boolean().nullish()
const NewProtection = z.object({
  required_status_checks: ChecksBody.nullable(),
  enforce_admins: z.boolean().nullable(),
  required_pull_request_reviews: ReviewRules.partial().nullable(),
  restrictions: RestrictionRules.partial().nullable(),
  required_linear_history: given,
  allow_force_pushes: given,
  allow_deletions: given,
  block_creations: given,
  required_conversation_resolution: given,
  lock_branch: given,
  allow_fork_syncing: given,
})
const Names = z.union([
  z.array(z.string()),
  z.object({ contexts: z.array(z.string()) }).transform(({ contexts }) => contexts),
])

const root = '/repos/:owner/:repo/branches/:branch{.+}/protection'

/** The protection of a branch, as a whole and by its parts. */
export const protectionRoutes = routesOf({
  [`GET ${root}`]: show,
  [`PUT ${root}`]: replace,
  [`DELETE ${root}`]: remove,
  ...switchRoutes('enforce_admins'),
  ...switchRoutes('required_signatures'),
  ...partRoutes('required_pull_request_reviews', ReviewRules.partial(), (part, before) =>
    RequiredReviews.parse({ ...before, ...part }),
  ),
  ...partRoutes('required_status_checks', ChecksBody, (part, before) => checksFrom({ ...before, ...part })),
  ...partRoutes('restrictions', RestrictionRules.partial(), (part, before) =>
    Restrictions.parse({ ...before, ...part }),
  ),
  [`GET ${root}/required_status_checks/contexts`]: (world, c) => c.json(contextsOf(openRules(world, c).rules)),
  [`POST ${root}/required_status_checks/contexts`]: (world, c) =>
    setContexts(world, c, (old, named) => [...old, ...named]),
  [`PUT ${root}/required_status_checks/contexts`]: (world, c) => setContexts(world, c, (_old, named) => named),
  [`DELETE ${root}/required_status_checks/contexts`]: (world, c) =>
    setContexts(world, c, (old, named) => old.filter((each) => !named.includes(each))),
})

export type Opened = { readonly repository: Repository; readonly branch: string; readonly rules: Rules }

/** The protection of the branch that the path names. */
export function openRules(world: World, c: Call): Opened {
  const repository = openRepository(world, c, 'admin')
  const { branch } = openBranch(world, c, repository)
  const protection = protectionFor(world.store, repository.id, branch)
  if (!protection) throw new Problem(404, 'Branch not protected')
  return { repository, branch, rules: protection.rules }
}

function show(world: World, c: Call): Response {
  const { repository, branch, rules } = openRules(world, c)
  return c.json(protectionJson(world, repository, branch, rules))
}

async function replace(world: World, c: Call): Promise<Response> {
  const repository = openRepository(world, c, 'admin')
  const { branch } = openBranch(world, c, repository)
  const { required_status_checks: checks, ...rest } = await readBody(c, NewProtection)
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined))
  const rules = Rules.parse({ ...known, required_status_checks: checks && checksFrom(checks) })
  protect(world.store, repository.id, branch, rules, callerOf(c).user.id)
  return c.json(protectionJson(world, repository, branch, rules))
}

function remove(world: World, c: Call): Response {
  const { repository, branch } = openRules(world, c)
  unprotect(world.store, repository.id, branch)
  return noContent()
}

/** Checks may be named by `contexts` or, newer, by `checks`. */
function checksFrom({ strict, contexts, checks }: z.infer<typeof ChecksBody>) {
  return RequiredChecks.parse({ strict, contexts: checks ? checks.map(({ context }) => context) : contexts })
}

function contextsOf(rules: Rules): readonly string[] {
  if (!rules.required_status_checks) throw new Problem(404, 'Required status checks not enabled')
  return rules.required_status_checks.contexts
}

type Combine = (old: readonly string[], named: readonly string[]) => readonly string[]

async function setContexts(world: World, c: Call, combine: Combine): Promise<Response> {
  const opened = openRules(world, c)
  const contexts = [...new Set(combine(contextsOf(opened.rules), await readAnyBody(c, Names)))]
  change(world, c, opened, {
    required_status_checks: checksFrom({ ...opened.rules.required_status_checks, contexts, checks: undefined }),
  })
  return c.json(contexts)
}

export function change(world: World, c: Call, { repository, branch, rules }: Opened, part: Partial<Rules>): Rules {
  const after = Rules.parse({ ...rules, ...part })
  protect(world.store, repository.id, branch, after, callerOf(c).user.id)
  return after
}

/** A rule that is on or off: POST turns it on, DELETE off. */
function switchRoutes(name: 'enforce_admins' | 'required_signatures'): Record<string, Handler> {
  const answer = (world: World, c: Call, { repository, branch, rules }: Opened) =>
    c.json({ url: `${protectionUrl(world, repository, branch)}/${name}`, enabled: rules[name] })
  return {
    [`GET ${root}/${name}`]: (world, c) => answer(world, c, openRules(world, c)),
    [`POST ${root}/${name}`]: (world, c) => {
      const opened = openRules(world, c)
      return answer(world, c, { ...opened, rules: change(world, c, opened, { [name]: true }) })
    },
    [`DELETE ${root}/${name}`]: (world, c) => {
      change(world, c, openRules(world, c), { [name]: false })
      return noContent()
    },
  }
}

type PartName = 'required_pull_request_reviews' | 'required_status_checks' | 'restrictions'

/** A rule with members of its own: PATCH adds or changes it, DELETE drops it. */
function partRoutes<Part, Name extends PartName>(
  name: Name,
  shape: z.ZodType<Part>,
  merge: (part: Part, before: Rules[Name]) => Rules[Name],
): Record<string, Handler> {
  const answer = (world: World, c: Call, opened: Opened) => {
    if (opened.rules[name] === null) throw notFound()
    return c.json(partJson(world, opened, name))
  }
  return {
    [`GET ${root}/${name}`]: (world, c) => answer(world, c, openRules(world, c)),
    [`PATCH ${root}/${name}`]: async (world, c) => {
      const opened = openRules(world, c)
      const part = { [name]: merge(await readBody(c, shape), opened.rules[name]) }
      return answer(world, c, { ...opened, rules: change(world, c, opened, part) })
    },
    [`DELETE ${root}/${name}`]: (world, c) => {
      change(world, c, openRules(world, c), { [name]: null })
      return noContent()
    },
  }
}

function partJson(world: World, { repository, branch, rules }: Opened, name: PartName): Json {
  const url = protectionUrl(world, repository, branch)
  const { required_status_checks: checks, restrictions } = rules
  if (name === 'required_status_checks' && checks) return checksJson(url, checks)
  if (name === 'restrictions' && restrictions) return restrictionsJson(world, repository, url, restrictions)
  return { url: `${url}/${name}`, ...rules.required_pull_request_reviews }
}
