import { isSecretName, redactText } from '../../platform/redact.ts'
import type { Secrets } from '../../platform/redact.ts'
import { hideInAddress } from './address.ts'
import { isObject, memberMask, memberOf, redactMarked, redactUnknown } from './plan-masks.ts'

/** What happens to a value: of a resource, or of an output. */
export type Change = {
  /** As Terraform lists them: `['delete', 'create']` is a replacement that deletes first. */
  readonly actions: readonly string[]
  readonly before: unknown
  /** Without what is unknown until the apply. */
  readonly after: unknown
  /** True at the paths that are unknown. */
  readonly after_unknown: unknown
  /** Of the attributes that force a replacement. */
  readonly replace_paths: readonly unknown[]
  readonly importing: { readonly id: string | null; readonly identity: unknown } | null
}

export type ResourceChange = {
  readonly address: string
  readonly previous_address: string | null
  readonly type: string | null
  readonly provider_name: string | null
  /** The key of an object that a replacement left over; it has the address of the one that replaced it. */
  readonly deposed: string | null
  readonly action_reason: string | null
  readonly change: Change
}

export type Action = 'create' | 'update' | 'delete' | 'replace' | 'read' | 'import' | 'move' | 'forget' | 'no-op'

/** What happens to a resource in one word, and why, in Terraform's words, when it says so. */
export function actionOf(resource: ResourceChange): { readonly action: Action; readonly reason: string | null } {
  const { change, previous_address: previous, action_reason: reason } = resource
  const action = wordFor(change.actions)
  if (action !== 'no-op') return { action, reason }
  if (previous !== null) return { action: 'move', reason }
  return { action: change.importing ? 'import' : 'no-op', reason }
}

const words: ReadonlyMap<string, Action> = new Map([
  ['', 'no-op'],
  ['no-op', 'no-op'],
  ['create', 'create'],
  ['read', 'read'],
  ['update', 'update'],
  ['delete', 'delete'],
  ['forget', 'forget'],
])

/** A replacement is an action beside `create`. What we do not know changes something. */
function wordFor(actions: readonly string[]): Action {
  if (actions.length > 1 && actions.includes('create')) return 'replace'
  return words.get(actions.join(' ')) ?? 'update'
}

/** How words of Terraform's own and names of the configuration are spelled. */
const spellings = {
  action: /^(?:no-op|create|read|update|delete|forget)$/,
  action_reason: /^(?:replace|delete|read)_[a-z_]+$/,
  type: /^[a-z][a-z\d]*_\w+$/,
  provider_name: /^[\w.-]+(?:\/[\w-]+){2}$/,
  deposed: /^[\da-f]{8}$/,
  output: /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u,
}

/** A word that is spelled as it must be is no value, and stays even where a secret is spelled like it. */
function wordOf(value: unknown, kind: keyof typeof spellings, secrets: Secrets): string | null {
  return typeof value === 'string' && spellings[kind].test(value) ? redactText(value) : textOf(value, secrets)
}

/** A text with secrets hidden; null for what is none. */
export function textOf(value: unknown, secrets: Secrets): string | null {
  return typeof value === 'string' ? secrets.hide(value) : null
}

/** The changes in a list of a plan, redacted, without what stays as it is. */
export function resourceChanges(raw: unknown, name: string, secrets: Secrets): ResourceChange[] {
  const changes = memberOf(raw, name)
  if (!Array.isArray(changes)) return []
  return changes
    .filter((resource) => isReadable(resource) && !isUnchanged(resource))
    .map((resource) => resourceChange(resource, secrets))
}

/** Whether something has the shape of a change, so that it is read and not left over. */
export function isReadable(resource: unknown): boolean {
  return (
    typeof memberOf(resource, 'address') === 'string' &&
    Array.isArray(memberOf(memberOf(resource, 'change'), 'actions'))
  )
}

function isUnchanged(resource: unknown): boolean {
  const change = memberOf(resource, 'change')
  const moves = typeof memberOf(resource, 'previous_address') === 'string'
  return !moves && !isObject(memberOf(change, 'importing')) && isNoOp(memberOf(change, 'actions'))
}

/** Most of a large plan stays as it is: that is told before anything is copied. */
function isNoOp(actions: unknown): boolean {
  return !Array.isArray(actions) || actions.every((action) => action === 'no-op')
}

function resourceChange(raw: unknown, secrets: Secrets): ResourceChange {
  const address = (name: string) => {
    const value = memberOf(raw, name)
    return typeof value === 'string' ? hideInAddress(value, secrets) : null
  }
  const word = (name: 'type' | 'provider_name' | 'deposed' | 'action_reason') =>
    wordOf(memberOf(raw, name), name, secrets)
  return {
    address: address('address') ?? '',
    previous_address: address('previous_address'),
    type: word('type'),
    provider_name: word('provider_name'),
    deposed: word('deposed'),
    action_reason: word('action_reason'),
    change: changeOf(memberOf(raw, 'change'), secrets),
  }
}

function changeOf(raw: unknown, secrets: Secrets, name = ''): Change {
  const change = isObject(raw) ? raw : {}
  const actions = memberOf(change, 'actions')
  const paths = memberOf(change, 'replace_paths')
  const value = (member: string) => redactMarked(change[member], maskOf(change, member, name), secrets)
  return {
    actions: Array.isArray(actions) ? actions.map((action) => wordOf(action, 'action', secrets) ?? 'unknown') : [],
    before: value('before'),
    after: value('after'),
    after_unknown: redactUnknown(memberOf(change, 'after_unknown'), maskOf(change, 'after', name), secrets),
    replace_paths: Array.isArray(paths) ? paths.map((path) => pathOf(path, secrets)) : [],
    importing: importOf(memberOf(change, 'importing'), secrets),
  }
}

/** An output whose name says that it is a secret is one. */
function maskOf(change: Record<string, unknown>, member: string, name: string): unknown {
  return typeof change[member] === 'string' && isSecretName(name) ? true : memberMask(undefined, change, member)
}

function pathOf(path: unknown, secrets: Secrets): unknown {
  const steps: unknown[] = Array.isArray(path) ? path : [path]
  return steps.map((step) => (typeof step === 'string' ? secrets.hide(step) : typeof step === 'number' ? step : null))
}

function importOf(importing: unknown, secrets: Secrets): Change['importing'] {
  if (!isObject(importing)) return null
  return { id: textOf(importing['id'], secrets), identity: redactMarked(importing['identity'], undefined, secrets) }
}

/** The outputs that change, redacted. */
export function outputChanges(raw: unknown, secrets: Secrets): Record<string, Change> {
  const outputs = memberOf(raw, 'output_changes')
  if (!isObject(outputs)) return {}
  const changing = Object.entries(outputs).filter(([, output]) => !isNoOp(memberOf(output, 'actions')))
  return Object.fromEntries(
    changing.map(([name, output]) => [wordOf(name, 'output', secrets) ?? '', changeOf(output, secrets, name)]),
  )
}
