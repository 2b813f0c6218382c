import { createHash } from 'node:crypto'
import type { Change, ResourceChange } from './plan-change.ts'
import { isObject, memberOf } from './plan-masks.ts'
import type { PlanRecord } from './plan-record.ts'

type Changes = Pick<PlanRecord, 'resource_changes'>

/**
 * A fingerprint of what a plan does, in hex: the same for a plan that does the same. It covers which resources change,
 * by which actions, and each value that becomes another. It leaves out what stays, so that an ETag read anew is no other plan;
 * values that only the apply will know; what else is in a resource that goes, but its id; reasons, outputs, drift and
 * times. Secrets are hidden before, so a secret that was changed is seen by the action alone.
 */
export function planDigest(record: Changes): string {
  return createHash('sha256')
    .update(JSON.stringify([...effectsOf(record)].map((each) => JSON.stringify(each)).toSorted()))
    .digest('hex')
}

/** What happens to each resource, as a text that is the same when the same happens. */
export function effectsOf({ resource_changes: changes }: Changes): ReadonlyMap<string, string> {
  return new Map(
    changes.map((each) => [each.deposed === null ? each.address : `${each.address} (${each.deposed})`, effectOf(each)]),
  )
}

function effectOf({ previous_address, type, provider_name, change }: ResourceChange): string {
  const { actions, replace_paths, importing } = change
  const values = change.after === null ? memberOf(change.before, 'id') : difference(change)
  return JSON.stringify(canonical({ previous_address, type, provider_name, actions, replace_paths, importing, values }))
}

type Sides = Pick<Change, 'before' | 'after' | 'after_unknown'>

/** Where two sides differ, and how; nothing where they do not. */
function difference({ before, after, after_unknown: unknown }: Sides): unknown {
  if (unknown === true) return 'known after apply'
  const names = namesIn(before, after, unknown)
  if (names !== null) {
    const members = names.map((name) => [name, difference(membersOf({ before, after, after_unknown: unknown }, name))])
    return Object.fromEntries(members.filter(([, inner]) => inner !== undefined))
  }
  return same(before, after) ? undefined : { before, after, unknown }
}

/** The names under which both sides can be compared, or null. Lists are, when none became longer or shorter. */
function namesIn(before: unknown, after: unknown, unknown: unknown): string[] | null {
  const isList = Array.isArray(before) && Array.isArray(after) && before.length === after.length
  if (!isList && !(isObject(before) && isObject(after))) return null
  const sides = [before, after, unknown].filter((side) => typeof side === 'object' && side !== null)
  return [...new Set(sides.flatMap((side) => Object.keys(side)))]
}

function membersOf({ before, after, after_unknown }: Sides, name: string): Sides {
  const [old, next, unknown] = [before, after, after_unknown].map((side) => memberAt(side, name))
  return { before: old, after: next, after_unknown: unknown }
}

function memberAt(side: unknown, name: string): unknown {
  return Array.isArray(side) ? side[Number(name)] : memberOf(side, name)
}

/** A null and what is left out are the same: nothing. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a ?? null)) === JSON.stringify(canonical(b ?? null))
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((name) => [name, canonical(value[name])]),
  )
}
