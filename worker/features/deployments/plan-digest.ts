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
  const values = change.after === null ? memberOf(change.before, 'id') : differences(change)
  return JSON.stringify(canonical({ previous_address, type, provider_name, actions, replace_paths, importing, values }))
}

/** A value that becomes another. */
export type Difference = {
  readonly path: readonly string[]
  /** Undefined for what was not there. What the apply changes to an unknown value has none. */
  readonly before?: unknown
  readonly after?: unknown
  /** Whether only the apply will know it, or true where a part is unknown. */
  readonly unknown: unknown
}
type Sides = Pick<Change, 'before' | 'after' | 'after_unknown'>

/** Where the two sides of a change differ. */
export function differences(
  { before, after, after_unknown: unknown }: Sides,
  path: readonly string[] = [],
): Difference[] {
  if (unknown === true) return [{ path, unknown }]
  const sides = [before, after].map((side) => side ?? {})
  const isList = sides.every((side) => Array.isArray(side)) && count(before) === count(after)
  if (isList || (sides.every(isObject) && (isObject(before) || isObject(after)))) {
    const names = [...sides, unknown].flatMap((side) => (typeof side === 'object' && side ? Object.keys(side) : []))
    const inner = (name: string) => ({
      before: memberAt(before, name),
      after: memberAt(after, name),
      after_unknown: memberAt(unknown, name),
    })
    return [...new Set(names)].toSorted().flatMap((name) => differences(inner(name), [...path, name]))
  }
  return same(before, after) ? [] : [{ path, before, after, unknown }]
}

function count(side: unknown): number {
  return Array.isArray(side) ? side.length : 0
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
