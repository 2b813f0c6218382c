import { z } from 'zod'
import type { Json } from '../accounts/present.ts'
import { noContent, param, routesOf } from '../front/routes.ts'
import type { Handler } from '../front/routes.ts'
import { readBody } from '../platform/body.ts'
import { pagedUnder } from '../platform/pages.ts'
import { conflict, found, unprocessable } from '../platform/problem.ts'
import { isoTime } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import type { Call, World } from '../world.ts'
import { isSealed, keyFor } from './keys.ts'
import { Secret, Variable, isName } from './schema.ts'
import { ofDependabot, ofEnvironment, ofOrganization, ofRepository } from './scopes.ts'
import type { OpenScope, Scope } from './scopes.ts'

const Visibility = z.enum(['all', 'private', 'selected'])
const Sealed = z.object({ encrypted_value: z.string(), key_id: z.string(), visibility: Visibility.default('all') })
const NewVariable = z.object({ name: z.string(), value: z.string(), visibility: Visibility.default('all') })
const Changes = NewVariable.partial()

/** Secrets and variables of Actions, wherever they live. */
export const secretRoutes = routesOf({
  ...secretsBelow('/repos/:owner/:repo/actions', ofRepository),
  ...secretsBelow('/repos/:owner/:repo/dependabot', ofDependabot),
  ...secretsBelow('/repos/:owner/:repo/environments/:environment', ofEnvironment),
  ...secretsBelow('/orgs/:org/actions', ofOrganization),
  ...variablesBelow('/repos/:owner/:repo/actions', ofRepository),
  ...variablesBelow('/repos/:owner/:repo/environments/:environment', ofEnvironment),
  ...variablesBelow('/orgs/:org/actions', ofOrganization),
})

function secretsBelow(root: string, open: OpenScope): Record<string, Handler> {
  return {
    [`GET ${root}/secrets`]: (world, c) => {
      const scope = open(world, c)
      const rows = world.store.all(
        sql`select * from secrets where scope = ${scope.key} order by name limit 1000`,
        Secret,
      )
      return pagedUnder(c, 'secrets', rows, (secret) => secretJson(scope, secret))
    },
    [`GET ${root}/secrets/public-key`]: (world, c) => {
      const { key_id, public_key } = keyFor(world.store, open(world, c).key)
      return c.json({ key_id, key: public_key })
    },
    [`GET ${root}/secrets/:name`]: (world, c) => {
      const scope = open(world, c)
      return c.json(secretJson(scope, found(secretNamed(world, scope, param(c, 'name')))))
    },
    [`PUT ${root}/secrets/:name`]: (world, c) => putSecret(world, c, open(world, c)),
    [`DELETE ${root}/secrets/:name`]: (world, c) => {
      const { key } = open(world, c)
      const removed = world.store.run(sql`delete from secrets where scope = ${key} and name = ${param(c, 'name')}`)
      found(removed === 0 ? null : removed)
      return noContent()
    },
  }
}

async function putSecret(world: World, c: Call, scope: Scope): Promise<Response> {
  const { store, now } = world
  const { encrypted_value, key_id, visibility } = await readBody(c, Sealed)
  const name = checkedName(param(c, 'name'), 'Secret')
  if (key_id !== keyFor(store, scope.key).key_id)
    throw unprocessable('The key_id does not name the current public key.')
  if (!isSealed(encrypted_value)) throw unprocessable('The encrypted_value is not a sealed box in base64.')
  const isNew = secretNamed(world, scope, name) === null
  const at = now()
  store.run(sql`insert into secrets (scope, name, encrypted_value, visibility, created_at, updated_at)
    values (${scope.key}, ${name}, ${encrypted_value}, ${visibility}, ${at}, ${at}) on conflict do update set
    encrypted_value = excluded.encrypted_value, visibility = excluded.visibility, updated_at = excluded.updated_at`)
  return isNew ? c.json({}, 201) : noContent()
}

function variablesBelow(root: string, open: OpenScope): Record<string, Handler> {
  return {
    [`GET ${root}/variables`]: (world, c) => {
      const scope = open(world, c)
      const rows = world.store.all(
        sql`select * from variables where scope = ${scope.key} order by name limit 1000`,
        Variable,
      )
      return pagedUnder(c, 'variables', rows, (variable) => variableJson(scope, variable))
    },
    [`POST ${root}/variables`]: (world, c) => createVariable(world, c, open(world, c)),
    [`GET ${root}/variables/:name`]: (world, c) => {
      const scope = open(world, c)
      return c.json(variableJson(scope, found(variableNamed(world, scope, param(c, 'name')))))
    },
    [`PATCH ${root}/variables/:name`]: (world, c) => changeVariable(world, c, open(world, c)),
    [`DELETE ${root}/variables/:name`]: (world, c) => {
      const { key } = open(world, c)
      const removed = world.store.run(sql`delete from variables where scope = ${key} and name = ${param(c, 'name')}`)
      found(removed === 0 ? null : removed)
      return noContent()
    },
  }
}

async function createVariable(world: World, c: Call, scope: Scope): Promise<Response> {
  const { store, now } = world
  const { name, value, visibility } = await readBody(c, NewVariable)
  const upper = checkedName(name, 'Variable').toUpperCase()
  if (variableNamed(world, scope, upper)) throw conflict('Already exists - Variable already exists')
  store.insert('variables', { scope: scope.key, name: upper, value, visibility, created_at: now(), updated_at: now() })
  return c.json({}, 201)
}

async function changeVariable(world: World, c: Call, scope: Scope): Promise<Response> {
  const { store, now } = world
  const before = found(variableNamed(world, scope, param(c, 'name')))
  const { name = before.name, value = before.value, visibility = before.visibility } = await readBody(c, Changes)
  const upper = checkedName(name, 'Variable').toUpperCase()
  store.run(sql`update variables set name = ${upper}, value = ${value}, visibility = ${visibility}, updated_at = ${now()}
    where scope = ${scope.key} and name = ${before.name}`)
  return noContent()
}

function secretNamed({ store }: World, { key }: Scope, name: string): Secret | null {
  return store.first(sql`select * from secrets where scope = ${key} and name = ${name}`, Secret)
}

function variableNamed({ store }: World, { key }: Scope, name: string): Variable | null {
  return store.first(sql`select * from variables where scope = ${key} and name = ${name}`, Variable)
}

function checkedName(name: string, kind: string): string {
  if (isName(name)) return name
  throw unprocessable(
    `${kind} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
  )
}

function secretJson(scope: Scope, secret: Secret): Json {
  return { name: secret.name, ...timesOf(secret), ...visibilityOf(scope, 'secrets', secret) }
}

function variableJson(scope: Scope, variable: Variable): Json {
  return {
    name: variable.name,
    value: variable.value,
    ...timesOf(variable),
    ...visibilityOf(scope, 'variables', variable),
  }
}

function timesOf({ created_at, updated_at }: Secret): Json {
  return { created_at: isoTime(created_at), updated_at: isoTime(updated_at) }
}

function visibilityOf({ isOrganization, url }: Scope, list: string, { name, visibility }: Secret): Json {
  if (!isOrganization) return {}
  const selected = { selected_repositories_url: `${url}/${list}/${name}/repositories` }
  return { visibility, ...(visibility === 'selected' ? selected : {}) }
}
