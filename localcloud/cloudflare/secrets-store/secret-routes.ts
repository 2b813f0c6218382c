import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { pageInfo, readPage } from '../pages.ts'
import * as refusals from './errors.ts'
import * as queries from './queries.ts'
import { Copy, NewSecrets, SecretChange, Unwanted, quota, scopes } from './schema.ts'
import type { NewSecret, Secret } from './schema.ts'

const base = '/accounts/:account/secrets_store/stores/:store/secrets'

/** The secrets of a store. A list of new ones is stored as a whole or not at all. */
export function secretRoutes(api: Api, { store: state, now }: Cloud): void {
  api.get(base, (c) => {
    const { id } = queries.storeOf(state, c.req.param('store'))
    const page = readPage(c, { usual: 20, most: 100 })
    const [secrets, total] = queries.secretsOf(state, id, c.req.query(), page)
    return ok(secrets.map(shown), { info: pageInfo(page, secrets.length, total) })
  })
  api.post(base, async (c) => {
    const { id } = queries.storeOf(state, c.req.param('store'))
    const wanted = await readJson(c, NewSecrets, refusals.badJson)
    wanted.forEach(prove)
    const made = state.transaction(() => {
      if (queries.countSecrets(state) + wanted.length > quota.secrets) throw refusals.tooManySecrets()
      return wanted.map((secret) => {
        if (queries.isNameTaken(state, id, secret.name)) throw refusals.nameTaken()
        return queries.addSecret(state, id, secret, now())
      })
    })
    const info = pageInfo({ page: 1, perPage: 20, limit: 20, offset: 0 }, made.length, made.length)
    return ok(
      made.map((secret) => shown(queries.secretOf(state, id, secret))),
      { info },
    )
  })
  api.delete(base, async (c) => {
    const { id } = queries.storeOf(state, c.req.param('store'))
    const unwanted = await readJson(c, Unwanted, refusals.badJson)
    state.transaction(() => {
      for (const secret of unwanted) if (queries.removeSecret(state, id, secret) === 0) throw refusals.noSecret()
    })
    return ok(null, { status: 202 })
  })
  secretRoute(api, { store: state, now })
}

function secretRoute(api: Api, { store: state, now }: Pick<Cloud, 'store' | 'now'>): void {
  const find = (store: string, id: string): Secret => queries.secretOf(state, queries.storeOf(state, store).id, id)
  const one = `${base}/:secret`
  api.get(one, (c) => ok(shown(find(c.req.param('store'), c.req.param('secret')))))
  api.patch(one, async (c) => {
    const { id, store_id: store } = find(c.req.param('store'), c.req.param('secret'))
    const change = await readJson(c, SecretChange, refusals.badJson)
    prove({ name: 'unchanged', value: change.value ?? 'unchanged', scopes: change.scopes ?? ['workers'] })
    queries.changeSecret(state, id, change, now())
    return ok(shown(queries.secretOf(state, store, id)))
  })
  api.delete(one, (c) => {
    const { id, store_id: store } = find(c.req.param('store'), c.req.param('secret'))
    queries.removeSecret(state, store, id)
    return ok(null, { status: 202 })
  })
  api.post(`${one}/duplicate`, async (c) => {
    const from = find(c.req.param('store'), c.req.param('secret'))
    const copy = await readJson(c, Copy, refusals.badJson)
    prove({ ...copy, value: 'unchanged' })
    const id = state.transaction(() => {
      if (queries.countSecrets(state) >= quota.secrets) throw refusals.tooManySecrets()
      if (queries.isNameTaken(state, from.store_id, copy.name)) throw refusals.nameTaken()
      return queries.copySecret(state, from, copy, now())
    })
    return ok(shown(queries.secretOf(state, from.store_id, id)))
  })
}

function prove({ name, value, scopes: named }: NewSecret): void {
  if (name === '') throw refusals.nameEmpty()
  if (/\s/.test(name)) throw refusals.nameInvalid()
  if (named.length === 0) throw refusals.scopesEmpty()
  if (!named.every((scope) => scopes.includes(scope))) throw refusals.scopeInvalid()
  if (value === '') throw refusals.valueEmpty()
  if (Buffer.byteLength(value) > quota.valueBytes) throw refusals.valueTooLong()
}

function shown({ id, store_id, name, scopes: named, comment, status, created_at, modified_at }: Secret): object {
  return {
    id,
    store_id,
    name,
    comment: comment ?? '',
    scopes: named,
    status,
    created: new Date(created_at).toISOString(),
    modified: new Date(modified_at).toISOString(),
  }
}
