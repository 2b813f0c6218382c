import type { Deployment } from '../deployments/schema.ts'
import type { Action } from '../resources/schema.ts'
import type { Link, Node } from './schema.ts'

/** From effects to causes. A walk only climbs, or a commit would tell of all else that it caused. */
const kinds = [
  'state_version',
  'resource',
  'deployment',
  'plan',
  'command',
  'workflow_run',
  'commit',
  'pull',
  'task',
  'milestone',
]

/** What an action has done to a resource, as a relation of the deployment to it. */
const done: Record<Action, string> = {
  create: 'created',
  update: 'updated',
  replace: 'replaced',
  delete: 'deleted',
  import: 'imported',
  forget: 'forgot',
  taint: 'tainted',
  untaint: 'untainted',
}
const passive: Readonly<Record<string, string>> = { forgot: 'forgotten' }

type Change = { readonly action: Action; readonly version: number; readonly at: string }
type Version = { readonly serial: number; readonly lock_id: string | null; readonly created_at: string }

/** What makes two nodes the same. */
export function keyOf({ kind, id }: Node): string {
  return JSON.stringify([kind, id])
}

/** Kinds that the table does not know lie above all others: they are shown, and nothing is sought above them. */
function heightOf({ kind }: Node): number {
  const height = kinds.indexOf(kind)
  return height === -1 ? kinds.length : height
}

/** Between two of one kind only the link itself tells which is the cause: a command runs a command. */
function leadsUp(here: Node, { from, to }: Link, there: Node): boolean {
  const rise = heightOf(there) - heightOf(here)
  return rise > 0 || (rise === 0 && there === from && keyOf(here) === keyOf(to))
}

/** One step up: which of the links found around these nodes lead to causes not seen before, and which causes. */
export function climb(here: readonly Node[], found: readonly Link[], seen: ReadonlySet<string>) {
  const standing = new Map(here.map((node) => [keyOf(node), node]))
  const links = new Set<Link>()
  const next = new Map<string, Node>()
  for (const link of found) {
    for (const [near, far] of [
      [link.to, link.from],
      [link.from, link.to],
    ] as const) {
      const known = !standing.has(keyOf(near)) || seen.has(keyOf(far))
      if (known || !leadsUp(near, link, far)) continue
      links.add(link)
      next.set(keyOf(far), far)
    }
  }
  return { links: [...links], next: [...next.values()], seen: new Set([...seen, ...next.keys()]) }
}

/** The links that are not stored as such: which deployment changed the resource, and in which version of the state. */
export function ownLinks(
  resource: { readonly id: string; readonly state: string },
  change: Change,
  deployment: string | null,
  version: Version | null,
): Link[] {
  const to = { kind: 'resource', id: resource.id }
  const stateVersion = { kind: 'state_version', id: `${resource.state}@${change.version}` }
  const evidence = 'observed' as const
  const lock = version?.lock_id ? `lock ${version.lock_id.slice(0, 8)}` : null
  const serial = version ? `serial ${version.serial}` : null
  const relation = done[change.action]
  if (deployment === null) return [{ from: stateVersion, relation, to, evidence, detail: serial, at: change.at }]
  const from = { kind: 'deployment', id: deployment }
  const acted = { from, relation, to, evidence, detail: lock, at: change.at }
  // What forgets a resource by deleting its state writes no version.
  if (version === null) return [acted]
  return [acted, { from, relation: 'wrote', to: stateVersion, evidence, detail: serial, at: version.created_at }]
}

/** A deployment in one line: what was done, by whom, how it ended, when it started. */
function summary({ operation, actor, status, inferred, started_at: at }: Deployment): string {
  return [operation, actor ?? 'somebody', inferred ? `${status} (inferred)` : status, at].join(', ')
}

function nameOf({ kind, id }: Node): string {
  if (kind === 'deployment') return id
  if (kind !== 'state_version') return `${kind.replaceAll('_', ' ')} ${id}`
  const at = id.lastIndexOf('@')
  return `version ${id.slice(at + 1)} of state ${id.slice(0, at)}`
}

function evidenceOf({ evidence, detail }: Link): string {
  return `[${detail === null ? evidence : `${evidence}: ${detail}`}]`
}

type Story = {
  readonly resource: { readonly address: string; readonly state: string | null }
  readonly deployment: Deployment | null
  readonly own: readonly Link[]
  readonly levels: readonly (readonly Link[])[]
  readonly complete: boolean
}

/** The answer as a person reads it: a line for each link, each with its evidence, causes further in. */
export function story({ resource, deployment, own, levels, complete }: Story): string {
  const name = resource.state === null ? resource.address : `${resource.address} (state ${resource.state})`
  const [first] = own
  if (!first) return `${name}: nothing recorded tells who changed it.\n`
  const lines = [
    `${name} was ${passive[first.relation] ?? first.relation}`,
    ...own.map((link) => ownLine(link, deployment)),
    ...levels.flatMap((links, level) => links.map((link) => '  '.repeat(level + 1) + causeLine(link))),
    ...(complete ? [] : ['  There is more than this walk may read.']),
  ]
  return lines.map((line) => `${folded(line)}\n`).join('')
}

/** Names and commands come from outside: one with line breaks in it would tell lines of its own. */
function folded(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

function ownLine(link: Link, deployment: Deployment | null): string {
  if (link.relation === 'wrote') {
    const serial = link.detail === null ? '' : ` (${link.detail})`
    return `  as ${nameOf(link.to)}${serial}   [${link.evidence}]`
  }
  const by = deployment ? `${deployment.id}  ${summary(deployment)}` : `${nameOf(link.from)}, ${link.at}`
  return `  by ${by}   ${evidenceOf(link)}`
}

/** Relations that are no sentence as they stand. */
const sentences: Readonly<Record<string, string>> = {
  applied_by: 'was applied by',
  made_in: 'was made in',
  checked_out_by: 'was checked out by',
}

function causeLine(link: Link): string {
  const relation = sentences[link.relation] ?? link.relation.replaceAll('_', ' ')
  return `because ${nameOf(link.from)} ${relation} ${nameOf(link.to)}, ${link.at}   ${evidenceOf(link)}`
}
