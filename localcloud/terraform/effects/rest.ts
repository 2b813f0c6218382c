import { z } from 'zod'
import { objectIn, textIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import { ifThere } from './effect.ts'
import type { Cloud, Effect } from './effect.ts'

type Method = 'POST' | 'PUT' | 'PATCH'
/** Names of attributes that are sent; one that the API calls otherwise is a pair. */
type Sent = readonly (string | readonly [attribute: string, sentAs: string])[]

/** A type of resource as a REST API has it. `{name}` in a path stands for an attribute, `{owner}` for the cloud's. */
export type Rest = {
  readonly collection: string
  readonly item: string
  /** How it is made; as a POST to the collection, if nothing is said. */
  readonly make?: { readonly method: Method; readonly path: string }
  readonly sends: Sent
  /** How it is changed; what cannot be changed is replaced. The path is the item's, if nothing is said. */
  readonly changes?: { readonly method: Method; readonly path?: string; readonly sends: Sent }
  /** The attributes that make up the identifier of an import, with what stands between them. */
  readonly imports: string
  /** The API's answer in the names of the schema, where they differ. */
  readonly shows?: (said: Values, known: Values) => Values
  /** Whatever a body needs beyond a choice of attributes. */
  readonly body?: (body: Values, wanted: Values) => Values
  /** What the body of a new one is put into. */
  readonly wraps?: (body: Values) => unknown
  readonly headers?: Readonly<Record<string, string>>
}

export function rest(spec: Rest): Effect {
  const { shows = (said: Values) => said, body: complete = (body: Values) => body } = spec
  const { wraps = (body: Values) => body, changes = { method: 'PUT', sends: [] } } = spec
  const make = spec.make ?? { method: 'POST', path: spec.collection }
  const at = (method: string, path: string, values: Values, cloud: Cloud) => ({
    method,
    path: fill(path, { ...values, owner: values['owner'] ?? cloud.owner }),
    headers: headersFor(spec, values),
  })
  const bodyOf = (names: Sent, wanted: Values) => complete(chosen(names, wanted), wanted)
  return {
    read: async (state, cloud) => {
      const said = await ifThere(cloud.call(at('GET', spec.item, state, cloud)))
      return said === null ? null : shows(objectIn(said) ?? {}, state)
    },
    create: async (planned, cloud) => {
      const body = wraps(bodyOf(spec.sends, planned))
      return shows(told(await cloud.call({ ...at(make.method, make.path, planned, cloud), body })), planned)
    },
    update: async (planned, cloud, prior) => {
      const call = at(changes.method, changes.path ?? spec.item, prior, cloud)
      return shows(told(await cloud.call({ ...call, body: bodyOf(changes.sends, planned) })), planned)
    },
    remove: async (state, cloud) => {
      await ifThere(cloud.call(at('DELETE', spec.item, state, cloud)))
    },
    identify: (id) => parsed(spec.imports, id),
  }
}

function headersFor({ headers = {} }: Rest, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value, values)]))
}

const OneOrFirst = z.union([z.array(z.record(z.string(), z.unknown())).transform(([first = {}]) => first), z.unknown()])

function told(answer: unknown): Values {
  return objectIn(OneOrFirst.parse(answer)) ?? {}
}

/** Fills a path's places with values. A place that ends in `*` may hold slashes. */
export function fill(path: string, values: Values): string {
  return path.replaceAll(/\{(\w+)(\*?)\}/g, (_, name: string, star: string) => {
    const text = textIn(values[name])
    return star ? text.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(text)
  })
}

/** The attributes to send: what is null was not wanted. */
function chosen(names: Sent, wanted: Values): Values {
  const pairs = names.map((name) => (typeof name === 'string' ? ([name, name] as const) : name))
  return Object.fromEntries(pairs.flatMap(([name, as]) => given(as, wanted[name])))
}

function given(name: string, value: unknown): [string, unknown][] {
  return value === null || value === undefined ? [] : [[name, withoutNulls(value)]]
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  const object = objectIn(value)
  return object ? Object.fromEntries(Object.entries(object).flatMap(([name, each]) => given(name, each))) : value
}

/** Takes an import's identifier apart: `{account_id}/{id}`. Parts at the end may be left out. */
function parsed(form: string, id: string): Values {
  const names = [...form.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const separator = /\}(.)\{/.exec(form)?.[1] ?? ''
  const parts = separator ? id.split(separator) : [id]
  return Object.fromEntries(names.slice(0, parts.length).map((name, at) => [name, parts[at]]))
}
