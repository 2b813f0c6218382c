import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { ownOf } from '../gateway/own.ts'
import type { Wanted } from './ownership.ts'
import type { BoundKind } from './products.ts'
import type { Bound, SentBinding } from './script.ts'

/** Bindings of one project in all: more than an app needs, and each costs some of the account's calls. */
const mostBindings = 64

/** The longest name of a Worker, a bucket and a queue. */
const longestName = 63

/** What becomes a host's name and the beginning of others. */
export const ProjectName = z
  .string()
  .regex(/^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'A name is up to 63 of a-z 0-9 -, begins with a letter and does not end with -.',
  })
  .refine((name) => ownOf(name).length === 0, { error: 'This name is the control plane’s own.' })
  .openapi({ example: 'shop' })

const BindingName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, {
    error: 'A binding is up to 63 of A-Z a-z 0-9 _, and begins with a letter.',
  })
  .openapi({ example: 'DB' })

/** The bindings of one kind: names to have, or null for those to detach; null alone detaches all of the kind. */
const Names = z
  .union([z.array(BindingName).max(1000), z.record(BindingName, z.null()), z.null()], {
    error: 'This is a list of names, null, or an object of names that are null.',
  })
  .openapi({ description: 'Names to have. null, or {"NAME": null}, detaches and never deletes.' })

const members = ['d1', 'kv', 'r2', 'queues', 'secrets'] as const
type Member = (typeof members)[number]
const kinds: Readonly<Record<Exclude<Member, 'secrets'>, BoundKind>> = { d1: 'd1', kv: 'kv', r2: 'r2', queues: 'queue' }

/** What a project is to bind. What is left out stays as it is. */
export const Bindings = z
  .strictObject({
    d1: Names.optional(),
    kv: Names.optional(),
    r2: Names.optional(),
    queues: Names.optional(),
    secrets: Names.optional(),
  })
  .openapi('Bindings', { example: { d1: ['DB'], kv: ['CACHE'], r2: ['ASSETS'], secrets: ['API_KEY'] } })
export type Bindings = z.infer<typeof Bindings>

/** Names that are to be there, of one kind. */
function namesIn(bindings: Bindings, member: Member): readonly string[] {
  const names = bindings[member]
  return Array.isArray(names) ? names : []
}

/** Secrets that are to be there; those that are new get a placeholder. */
export function secretsIn(bindings: Bindings): readonly string[] {
  return namesIn(bindings, 'secrets')
}

/** The resources that are to be there. */
export function wantedIn(project: string, bindings: Bindings): Wanted[] {
  return members.flatMap((member) => {
    if (member === 'secrets') return []
    return namesIn(bindings, member).map((binding) => ({
      kind: kinds[member],
      binding,
      name: nameFor(project, binding),
    }))
  })
}

/** The types of bindings, as uploads call them. */
const types: Readonly<Record<Member, string>> = {
  d1: 'd1',
  kv: 'kv_namespace',
  r2: 'r2_bucket',
  queues: 'queue',
  secrets: 'secret_text',
}

/** Whether a binding that the script has is to be detached. */
function isDetached(bindings: Bindings, { type, name }: Bound): boolean {
  const member = members.find((one) => types[one] === type)
  const asked = member === undefined ? undefined : bindings[member]
  if (asked === null) return true
  return asked !== undefined && !Array.isArray(asked) && asked[name] === null
}

/**
 * All that a script is to bind: what it has (inherited, so that no value is needed), without what is detached, and what
 * is new. Null when that is what it has.
 * @throws Problem (conflict) when a name is taken by another type, whose value would be lost
 */
export function bindingsAfter(
  before: readonly Bound[],
  wanted: readonly SentBinding[],
  asked: Bindings,
): SentBinding[] | null {
  const kept = before.filter((one) => !isDetached(asked, one))
  const known = new Map(kept.map((one) => [one.name, one]))
  for (const { name, type } of wanted) {
    const there = known.get(name)
    if (there && there.type !== type)
      throw new Problem('conflict', `The script has a binding ${name} already, of the type ${there.type}.`)
  }
  const added = wanted.filter(({ name }) => !known.has(name))
  if (added.length === 0 && kept.length === before.length) return null
  return [...kept.map(({ name }) => ({ type: 'inherit', name })), ...added]
}

/** Whether two scripts bind the same. */
export function isSameBindings(one: readonly Bound[], two: readonly Bound[]): boolean {
  const keys = new Set(two.map(keyOf))
  return one.length === two.length && one.every((bound) => keys.has(keyOf(bound)))
}

function keyOf({ name, type, target }: Bound): string {
  return JSON.stringify([name, type, target])
}

/** A resource's name: `shop` and `DB` make `shop-db`. One that would be too long ends with a fingerprint of itself. */
export function nameFor(project: string, binding: string): string {
  const own = binding.toLowerCase().replaceAll(/_+/g, '-').replace(/-$/, '')
  const name = `${project}-${own}`
  if (name.length <= longestName) return name
  const mark = createHash('sha256').update(`${project} ${binding}`).digest('hex').slice(0, 8)
  return `${name.slice(0, longestName - 9).replace(/-+$/, '')}-${mark}`
}

type Report = (path: readonly (string | number)[], message: string) => void

/** Finds all that is wrong with bindings beside their form: too many, one name twice, names of the control plane. */
export function judgeBindings(project: string, bindings: Bindings, report: Report): void {
  const all = members.flatMap((member) => namesIn(bindings, member).map((name, at) => ({ member, name, at })))
  if (all.length > mostBindings)
    report([], `There are ${all.length} bindings; at most ${mostBindings} are allowed in all.`)
  const places = new Map<string, string>()
  const resources = new Map<string, string>()
  for (const { member, name, at } of all) {
    const place = `/bindings/${member}/${at}`
    const before = places.get(name)
    if (before !== undefined) report([member, at], `The binding ${name} stands at ${before} already.`)
    places.set(name, place)
    if (member === 'secrets') continue
    const resource = nameFor(project, name)
    if (ownOf(resource).length > 0) report([member, at], `${resource} is the control plane’s own.`)
    const key = `${member} ${resource}`
    const other = resources.get(key)
    if (before === undefined && other !== undefined)
      report([member, at], `${name} and ${other} would both be ${resource}.`)
    resources.set(key, name)
  }
}
