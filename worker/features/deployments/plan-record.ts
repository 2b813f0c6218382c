import type { Secrets } from '../../platform/redact.ts'
import { actionOf, isReadable, outputChanges, resourceChanges, textOf } from './plan-change.ts'
import type { Action, Change, ResourceChange } from './plan-change.ts'
import { isObject, memberOf, redactMarked } from './plan-masks.ts'
import { collectSecrets } from './plan-secrets.ts'

/** As Terraform counts: a replacement is an addition and a removal, an import may be a change as well. */
export type PlanCounts = {
  readonly add: number
  readonly change: number
  readonly remove: number
  readonly import: number
  /** Resources that only move. */
  readonly move: number
  readonly forget: number
  readonly drift: number
}

/** What is kept of a plan. It holds no secrets, and nothing but changes. */
export type PlanRecord = {
  readonly format_version: string | null
  /** False when the format is none that we know: then something may be missing or misread. */
  readonly format_known: boolean
  readonly terraform_version: string | null
  /** ISO 8601, of the plan. */
  readonly timestamp: string | null
  readonly errored: boolean | null
  readonly applyable: boolean | null
  readonly counts: PlanCounts
  readonly resource_changes: readonly ResourceChange[]
  readonly resource_drift: readonly ResourceChange[]
  readonly output_changes: Readonly<Record<string, Change>>
  /** Of a format that is not known: what else there is. */
  readonly rest?: Readonly<Record<string, unknown>>
}

/**
 * What may be kept of a plan as `terraform show -json` writes it, or of a record that was made before, which comes out
 * as it is. `secrets` is what is known beforehand, and holds what was found afterwards. Reads whatever is JSON.
 */
export function redactPlan(raw: unknown, secrets: Secrets): PlanRecord {
  collectSecrets(raw, secrets)
  const text = (name: string) => textOf(memberOf(raw, name), secrets)
  const flag = (name: string) => flagOf(memberOf(raw, name))
  const format = text('format_version')
  const known = format !== null && /^1(?:\.|$)/.test(format)
  const [changes, drift] = [
    resourceChanges(raw, 'resource_changes', secrets),
    resourceChanges(raw, 'resource_drift', secrets),
  ]
  return {
    format_version: format,
    format_known: known,
    terraform_version: text('terraform_version'),
    timestamp: text('timestamp'),
    errored: flag('errored'),
    applyable: flag('applyable'),
    counts: countsOf(changes, drift),
    resource_changes: changes,
    resource_drift: drift,
    output_changes: outputChanges(raw, secrets),
    ...(known ? {} : { rest: restOf(raw, secrets) }),
  }
}

function flagOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

function countsOf(changes: readonly ResourceChange[], drift: readonly ResourceChange[]): PlanCounts {
  const actions = changes.map((resource) => actionOf(resource).action)
  const count = (...counted: Action[]) => actions.filter((action) => counted.includes(action)).length
  const having = (action: string) => changes.filter(({ change }) => change.actions.includes(action)).length
  return {
    add: count('create', 'replace'),
    change: count('update'),
    remove: having('delete'),
    import: changes.filter(({ change }) => change.importing !== null).length,
    move: count('move'),
    forget: having('forget'),
    drift: drift.length,
  }
}

/** Read into the record, or too full of secrets to be kept when their marks may be others than we know. */
const elsewhere = new Set([
  'format_version',
  'terraform_version',
  'timestamp',
  'errored',
  'applyable',
  'output_changes',
  'variables',
  'planned_values',
  'prior_state',
  'configuration',
])

/** What a plan of a format that is not known holds besides what could be read. */
function restOf(raw: unknown, secrets: Secrets): Record<string, unknown> {
  const isRecord = typeof memberOf(raw, 'format_known') === 'boolean'
  const rest = isRecord ? memberOf(raw, 'rest') : unread(raw)
  const shown = redactMarked(rest, undefined, secrets)
  return isObject(shown) ? shown : {}
}

function unread(raw: unknown): Record<string, unknown> {
  if (!isObject(raw)) return {}
  const members = Object.entries(raw).map(([name, value]) => {
    const isChanges = (name === 'resource_changes' || name === 'resource_drift') && Array.isArray(value)
    return [name, isChanges ? value.filter((change) => !isReadable(change)) : value] as const
  })
  return Object.fromEntries(
    members.filter(([name, value]) => !elsewhere.has(name) && !(Array.isArray(value) && value.length === 0)),
  )
}
