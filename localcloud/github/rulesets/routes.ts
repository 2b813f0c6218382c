import { z } from 'zod'
import { accountById, accountByLogin, membershipOf } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { noContent, numberParam, param, routesOf } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { paged } from '../platform/pages.ts'
import { Problem, forbidden, found, notFound } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository, roleOfCaller } from '../repositories/access.ts'
import { isAtLeast } from '../repositories/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { bypassOf } from './bypass.ts'
import { rulesetJson, rulesetSummaryJson } from './present.ts'
import type { Source } from './present.ts'
import { activeRulesets, rulesetById, rulesetsOf, rulesetsOfOrganization } from './queries.ts'
import { BypassActor, Conditions, Rule, Ruleset } from './schema.ts'

const NewRuleset = z.object({
  name: z.string(),
  target: Ruleset.shape.target.default('branch'),
  enforcement: Ruleset.shape.enforcement,
  bypass_actors: z.array(BypassActor).default([]),
  conditions: Conditions.nullish(),
  rules: z.array(Rule).default([]),
})
const Changes = z.object({
  name: z.string().optional(),
  target: Ruleset.shape.target.optional(),
  enforcement: Ruleset.shape.enforcement.optional(),
  bypass_actors: z.array(BypassActor).optional(),
  conditions: Conditions.nullish(),
  rules: z.array(Rule).optional(),
})

/** Rules that refs of many names share. */
export const rulesetRoutes = routesOf({
  'GET /repos/:owner/:repo/rules/branches/:branch{.+}': listRules,
  'GET /repos/:owner/:repo/rulesets': list,
  'POST /repos/:owner/:repo/rulesets': (world, c) =>
    create(world, c, { repository: openRepository(world, c, 'admin') }),
  'GET /repos/:owner/:repo/rulesets/:ruleset': show,
  'PUT /repos/:owner/:repo/rulesets/:ruleset': (world, c) => change(world, c, ownOf(world, c)),
  'DELETE /repos/:owner/:repo/rulesets/:ruleset': (world, c) => remove(world, c, ownOf(world, c)),
  'GET /orgs/:org/rulesets': listOfOrganization,
  'POST /orgs/:org/rulesets': (world, c) => create(world, c, { organization: openOrganization(world, c) }),
  'GET /orgs/:org/rulesets/:ruleset': (world, c) => answer(world, c, organizationsOwn(world, c)),
  'PUT /orgs/:org/rulesets/:ruleset': (world, c) => change(world, c, organizationsOwn(world, c)),
  'DELETE /orgs/:org/rulesets/:ruleset': (world, c) => remove(world, c, organizationsOwn(world, c)),
})

type Opened = { readonly source: Source; readonly ruleset: Ruleset }

function listRules(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const active = activeRulesets(world.store, repository, `refs/heads/${param(c, 'branch')}`)
  const rules = active.flatMap((ruleset) => {
    const { source_type, source } = rulesetSummaryJson(world, sourceOf(world, repository, ruleset), ruleset)
    const origin = { ruleset_source_type: source_type, ruleset_source: source, ruleset_id: ruleset.id }
    return ruleset.rules.map((rule) => ({ ...rule, ...origin }))
  })
  return paged(c, rules, (rule) => rule)
}

function sourceOf({ store }: World, repository: Repository, { organization_id }: Ruleset): Source {
  return organization_id === null ? { repository } : { organization: found(accountById(store, organization_id)) }
}

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const { includes_parents = 'true', targets } = c.req.query()
  const all = rulesetsOf(world.store, repository, includes_parents !== 'false')
  const wanted = all.filter(({ target }) => targets === undefined || targets.split(',').includes(target))
  return paged(c, wanted, (ruleset) => rulesetSummaryJson(world, sourceOf(world, repository, ruleset), ruleset))
}

function listOfOrganization(world: World, c: Call): Response {
  const organization = openOrganization(world, c)
  const all = rulesetsOfOrganization(world.store, organization.id)
  return paged(c, all, (ruleset) => rulesetSummaryJson(world, { organization }, ruleset))
}

function openOrganization({ store }: World, c: Call): Account {
  const { user } = callerOf(c)
  const organization = found(accountByLogin(store, param(c, 'org')))
  const membership = membershipOf(store, organization.id, user.id)
  if (membership?.state !== 'active') throw notFound()
  if (membership.role !== 'admin') throw forbidden('Must have admin rights to Organization.')
  return organization
}

async function create(world: World, c: Call, source: Source): Promise<Response> {
  const { store, now } = world
  const { name, bypass_actors, conditions = null, rules, ...rest } = await readBody(c, NewRuleset)
  const owner =
    'repository' in source ? { repository_id: source.repository.id } : { organization_id: source.organization.id }
  const ruleset = store.transact(() => {
    refuseName(world, source, name, null)
    const at = now()
    const id = store.insert('rulesets', {
      ...owner,
      ...rest,
      name,
      bypass_actors: JSON.stringify(bypass_actors),
      conditions: JSON.stringify(conditions),
      rules: JSON.stringify(rules),
      created_at: at,
      updated_at: at,
    })
    const made = found(rulesetById(store, id))
    raise(world, c, source, made, 'created')
    return made
  })
  return answer(world, c, { source, ruleset }, 201)
}

function refuseName({ store }: World, source: Source, name: string, own: number | null): void {
  const all =
    'repository' in source
      ? rulesetsOf(store, source.repository, false)
      : rulesetsOfOrganization(store, source.organization.id)
  if (name.trim() === '') throw refused('Name is missing')
  if (all.some((each) => each.name === name && each.id !== own)) throw refused('Name must be unique')
}

function refused(message: string): Problem {
  return new Problem(422, 'Validation Failed', { errors: [message] })
}

function ownOf(world: World, c: Call): Opened {
  const repository = openRepository(world, c, 'admin')
  const ruleset = found(rulesetById(world.store, numberParam(c, 'ruleset')))
  if (ruleset.repository_id !== repository.id) throw notFound()
  return { source: { repository }, ruleset }
}

function organizationsOwn(world: World, c: Call): Opened {
  const organization = openOrganization(world, c)
  const ruleset = found(rulesetById(world.store, numberParam(c, 'ruleset')))
  if (ruleset.organization_id !== organization.id) throw notFound()
  return { source: { organization }, ruleset }
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const wanted = numberParam(c, 'ruleset')
  const ruleset = found(rulesetsOf(world.store, repository).find(({ id }) => id === wanted))
  const seesActors = isAtLeast(roleOfCaller(world.store, repository, c.get('caller')), 'write')
  const bypass = bypassOf(world.store, repository, c.get('caller')?.user ?? null, ruleset)
  return c.json(rulesetJson(world, sourceOf(world, repository, ruleset), ruleset, bypass, seesActors))
}

function answer(world: World, c: Call, { source, ruleset }: Opened, status: 200 | 201 = 200): Response {
  const { user } = callerOf(c)
  const bypass = 'repository' in source ? bypassOf(world.store, source.repository, user, ruleset) : null
  return c.json(rulesetJson(world, source, ruleset, bypass, true), status)
}

async function change(world: World, c: Call, { source, ruleset }: Opened): Promise<Response> {
  const { store, now } = world
  const { name, target, enforcement, bypass_actors, conditions, rules } = await readBody(c, Changes)
  const after = store.transact(() => {
    if (name !== undefined) refuseName(world, source, name, ruleset.id)
    store.update('rulesets', ruleset.id, {
      name,
      target,
      enforcement,
      bypass_actors: bypass_actors && JSON.stringify(bypass_actors),
      conditions: conditions === undefined ? undefined : JSON.stringify(conditions),
      rules: rules && JSON.stringify(rules),
      updated_at: now(),
    })
    const changed = found(rulesetById(store, ruleset.id))
    raise(world, c, source, changed, 'edited')
    return changed
  })
  return answer(world, c, { source, ruleset: after })
}

function remove(world: World, c: Call, { source, ruleset }: Opened): Response {
  world.store.transact(() => {
    raise(world, c, source, ruleset, 'deleted')
    world.store.run(sql`delete from rulesets where id = ${ruleset.id}`)
  })
  return noContent()
}

function raise(world: World, c: Call, source: Source, ruleset: Ruleset, action: string): void {
  const body = { repository_ruleset: rulesetJson(world, source, ruleset, null, true) }
  world.events.raise({ name: 'repository_ruleset', action, ...source, sender: callerOf(c).user, body })
}
