import { below, isSecretName, redact } from '../../platform/redact.ts'
import type { Secrets, Step } from '../../platform/redact.ts'
import type { ValueChange } from './schema.ts'

/** Below so many steps values are shown whole. */
const deepest = 8

/** Characters of a value, or of its JSON; what is longer is cut off there. */
const longest = 4000

type Members = Record<Step, unknown>

/** Where in a value something stands, and the paths from there to what is marked as a secret. */
type Here = { readonly name: string; readonly marks: readonly (readonly Step[])[]; readonly depth: number }

/**
 * What differs between the members of two versions of a thing: `tags.env`, `ingress[0].port`. `marks` are the paths to the
 * secrets of both; what is a secret in one is hidden in the other, too. What is not there is null, as Terraform has it.
 */
export function valueChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  marks: readonly (readonly Step[])[],
  secrets: Secrets,
): Generator<ValueChange> {
  return changesAt(before, after, { name: '', marks, depth: 0 }, secrets)
}

function* changesAt(before: unknown, after: unknown, here: Here, secrets: Secrets): Generator<ValueChange> {
  if (isSame(before, after)) return
  if (!isRecord(before) || !isRecord(after) || !isEntered(before, after, here)) {
    yield shownChange(before ?? null, after ?? null, here, secrets)
    return
  }
  for (const step of stepsOf(before, after)) {
    const member = memberOf(here, step, before, after, secrets)
    yield* changesAt(memberAt(before, step), memberAt(after, step), member, secrets)
  }
}

function isEntered(before: object, after: object, here: Here): boolean {
  if (here.depth === 0) return true
  return !isMarked(here) && here.depth < deepest && Array.isArray(before) === Array.isArray(after)
}

function isMarked({ marks }: Here): boolean {
  return marks.some((path) => path.length === 0)
}

function memberOf(here: Here, step: Step, before: Members, after: Members, secrets: Secrets): Here {
  const sides = [before, after]
  const isSecret = isMarked(here) || sides.some((side) => isNamedSecret(step, memberAt(side, step)))
  // Marks leave out the `value` of what may be a value with its type in only one version: the more of the two.
  const marks = sides.map((side) => below(here.marks, side, step)).toSorted((a, b) => b.length - a.length)
  return { name: joined(here.name, step, secrets), marks: isSecret ? [[]] : (marks[0] ?? []), depth: here.depth + 1 }
}

function isNamedSecret(step: Step, value: unknown): boolean {
  return typeof step === 'string' && typeof value === 'string' && value !== '' && isSecretName(step)
}

function joined(name: string, step: Step, secrets: Secrets): string {
  if (typeof step === 'number') return `${name}[${step}]`
  const shown = secrets.hide(step)
  if (!/^[A-Za-z_][\w-]*$/.test(shown)) return `${name}[${JSON.stringify(shown)}]`
  return name === '' ? shown : `${name}.${shown}`
}

function shownChange(before: unknown, after: unknown, { name, marks }: Here, secrets: Secrets): ValueChange {
  const [old, now] = [redact(before, marks, secrets), redact(after, marks, secrets)]
  const sensitive = !isSame(before, old) || !isSame(after, now)
  return { name: cut(name), before: shortened(old), after: shortened(now), sensitive }
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return cut(value)
  const text = isRecord(value) ? JSON.stringify(value) : ''
  return text.length > longest ? cut(text) : value
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text.toWellFormed()
}

function isSame(before: unknown, after: unknown): boolean {
  if (before === after) return true
  if (!isRecord(before) || !isRecord(after) || Array.isArray(before) !== Array.isArray(after)) return false
  return stepsOf(before, after).every((step) => isSame(memberAt(before, step), memberAt(after, step)))
}

/** Members by name, elements by number. */
function stepsOf(before: object, after: object): Step[] {
  if (Array.isArray(before) && Array.isArray(after)) return [...(before.length > after.length ? before : after).keys()]
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()
}

/** A member that is missing is null to Terraform; an element that is missing is none. */
function memberAt(value: Members, step: Step): unknown {
  if (Array.isArray(value)) return value[Number(step)]
  return Object.hasOwn(value, step) ? (value[step] ?? null) : null
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}
