import { hidden, isRare, isSecretName } from '../../platform/redact.ts'
import type { Secrets } from '../../platform/redact.ts'

/**
 * A mask has the shape of its value: `true` marks all that is there, `false` or nothing marks nothing. Masks of sets
 * may have fewer elements than their values.
 */
type Mask = unknown

/** Below this many levels nothing is kept: no value of Terraform is as deep, and reading one must not exhaust the stack. */
const deepest = 100

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function memberOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** Whether all of a value is marked. A mask that marks something and does not fit its value marks all of it. */
export function isWhole(mask: Mask, value: unknown): boolean {
  if (mask === null || typeof mask !== 'object') return marksAny(mask)
  const fits = Array.isArray(mask) ? Array.isArray(value) : isObject(value)
  return !fits && marksAny(mask)
}

/** Whether anything is marked. */
function marksAny(mask: Mask): boolean {
  const todo = [mask]
  while (todo.length > 0) {
    const next = todo.pop()
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) todo.push(inner)
    else if (next !== undefined && next !== false && next !== null) return true
  }
  return false
}

/** The masks of the elements of an array. */
export function elementMasks(mask: Mask, count: number): readonly Mask[] {
  if (!Array.isArray(mask) || mask.length === count) return Array.isArray(mask) ? mask : []
  return marksAny(mask) ? Array.from<Mask>({ length: count }).fill(union(mask)) : []
}

/** The mask of a member: what the mask of its object says, and what stands beside it, as in `before_sensitive`. */
export function memberMask(mask: Mask, object: Record<string, unknown>, name: string): Mask {
  const [own, beside] = [memberOf(mask, name), maskBeside(object, name)]
  return own !== undefined && beside !== undefined ? union([own, beside]) : (own ?? beside)
}

const besides = new Map([
  ['before', 'before_sensitive'],
  ['after', 'after_sensitive'],
  ['values', 'sensitive_values'],
  ['config_values', 'config_sensitive'],
])

function maskBeside(object: Record<string, unknown>, name: string): Mask {
  // Variables and outputs are sensitive as a whole.
  if (name === 'value' || name === 'default') return memberOf(object, 'sensitive') === true || undefined
  const beside = besides.get(name)
  return beside === undefined ? undefined : memberOf(object, beside)
}

/** A mask that marks what any of the masks marks, or more where they differ in kind. */
function union(masks: readonly Mask[], depth = 0): Mask {
  if (masks.some((mask) => typeof mask !== 'object' && marksAny(mask))) return true
  const inner = masks.filter((mask) => typeof mask === 'object' && mask !== null)
  if (inner.length < 2) return inner[0]
  const [arrays, objects] = [inner.filter((mask) => Array.isArray(mask)), inner.filter(isObject)]
  if ((arrays.length > 0 && objects.length > 0) || depth >= deepest) return marksAny(inner) || undefined
  if (arrays.length > 0) return [union(arrays.flat(), depth + 1)]
  const members = [...byName(objects)].map(([name, own]) => [name, union(own, depth + 1)])
  return Object.fromEntries(members) as Mask
}

function byName(objects: readonly Record<string, unknown>[]): Map<string, Mask[]> {
  const members = new Map<string, Mask[]>()
  for (const [name, mask] of objects.flatMap((object) => Object.entries(object))) {
    const known = members.get(name)
    if (known) known.push(mask)
    else members.set(name, [mask])
  }
  return members
}

/** A copy that may be stored: what is marked, or stands under a secret name, is hidden, and so is each known secret. */
export function redactMarked(value: unknown, mask: Mask, secrets: Secrets): unknown {
  return new Redaction(secrets, () => hidden).redact(value, mask)
}

/** The same of what tells which values are unknown: `true` stays, but under a mark not what is below it. */
export function redactUnknown(unknown: unknown, mask: Mask, secrets: Secrets): unknown {
  return new Redaction(secrets, marksAny).redact(unknown, mask)
}

class Redaction {
  readonly #secrets: Secrets
  readonly #cover: (value: unknown) => unknown

  constructor(secrets: Secrets, cover: (value: unknown) => unknown) {
    this.#secrets = secrets
    this.#cover = cover
  }

  /** A null stays null: that nothing is there is no secret. */
  redact(value: unknown, mask: Mask, depth = 0): unknown {
    if (value === null || value === undefined) return null
    if (depth > deepest || isWhole(mask, value)) return this.#cover(value)
    if (typeof value === 'string') return this.#secrets.hideValue(value)
    if (isObject(value)) return this.#redactMembers(value, mask, depth)
    if (typeof value === 'number') return this.#redactNumber(value)
    if (!Array.isArray(value)) return value
    const masks = elementMasks(mask, value.length)
    return value.map((inner, index) => this.redact(inner, masks[index], depth + 1))
  }

  #redactNumber(value: number): unknown {
    const text = String(value)
    return isRare(value) && this.#secrets.hideValue(text) !== text ? this.#cover(value) : value
  }

  #redactMembers(object: Record<string, unknown>, mask: Mask, depth: number): unknown {
    const uses = new Map<string, number>()
    const members = Object.entries(object).map(([name, inner]) => {
      const isSecret = typeof inner === 'string' && inner !== '' && isSecretName(name)
      const shown = isSecret ? this.#cover(inner) : this.redact(inner, memberMask(mask, object, name), depth + 1)
      return [this.#nameOf(name, object, uses), shown]
    })
    return Object.fromEntries(members) as unknown
  }

  /** The name with secrets hidden, and a number where that makes two names the same. */
  #nameOf(name: string, object: Record<string, unknown>, uses: Map<string, number>): string {
    const shown = this.#secrets.hide(name)
    if (shown === name) return name
    let [use, free] = [uses.get(shown) ?? 0, '']
    do {
      use += 1
      free = use === 1 ? shown : `${shown} ${use}`
    } while (Object.hasOwn(object, free))
    uses.set(shown, use)
    return free
  }
}
