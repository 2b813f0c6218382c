import { z } from 'zod'
import { PlannedChange } from '../../worker/features/deployments/change.ts'
import { signOf, styleOfAction } from './actions.ts'
import { span } from './moments.ts'
import { paint } from './output.ts'
import { table } from './table.ts'

/** More are shown by the API. */
const shown = 50

export const ChangePage = z.object({ changes: z.array(PlannedChange), next: z.string().nullable() })
export type ChangePage = z.infer<typeof ChangePage>

/** The names of the attributes that a run changed, by the resource's address, as its state tells. */
type Changed = ReadonlyMap<string, readonly string[]>

/** A table of what a run does to resources, and what became of it. */
export function changesIn({ changes, next }: ChangePage, changed: Changed, run: string): string {
  if (changes.length === 0) return ''
  const columns = [
    { head: '', cell: signIn, style: ({ action }: PlannedChange) => styleOfAction(action) },
    { head: 'RESOURCE', cell: nameOf, least: 20 },
    { head: 'ACTION', cell: ({ kind, action }: PlannedChange) => (kind === 'drift' ? `drifted: ${action}` : action) },
    { head: 'STATUS', cell: ({ status }: PlannedChange) => status?.replaceAll('_', ' ') ?? '', isOptional: true },
    { head: 'TOOK', cell: ({ elapsed_ms: ms }: PlannedChange) => (ms === null ? '' : span(ms)), isOptional: true },
    { head: 'WHAT', cell: (change: PlannedChange) => remarkOn(change, changed.get(change.address)), least: 10 },
  ]
  const more = changes.length - shown
  const count = next === null ? String(more) : `at least ${more + 1}`
  const rest = more > 0 ? `${paint(`and ${count} more: /api/deployments/${run}/changes`, 'dim')}\n` : ''
  return table(columns, changes.slice(0, shown)) + rest
}

function signIn({ action }: PlannedChange): string {
  return signOf(action)
}

function nameOf({ address, deposed }: PlannedChange): string {
  return deposed === null ? address : `${address} (deposed ${deposed})`
}

function remarkOn(change: PlannedChange, changed: readonly string[] | undefined): string {
  const { previous_address: before, importing, reason } = change
  const remarks = [
    before === null ? '' : `was ${before}`,
    importing === null ? '' : `imports ${importing}`,
    isPartial(change) ? (changed ?? differing(change)).join(', ') : '',
    reason === null ? '' : reason.replaceAll('_', ' '),
  ]
  return remarks.filter((remark) => remark !== '').join('; ')
}

/** What is made or deleted differs in all its attributes. */
function isPartial({ action }: PlannedChange): boolean {
  return action === 'update' || action === 'replace'
}

/** The names of the attributes that differ, or may once they are known. */
function differing({ before, after, after_unknown: unknown }: PlannedChange): string[] {
  const [old, now, later] = [members(before), members(after), members(unknown)]
  const names = [...new Set([old, now, later].flatMap(Object.keys))]
  // What nothing is unknown of stands there, too: false, or an object without a true.
  const isUnknown = (name: string) => JSON.stringify(later[name])?.includes('true')
  return names.filter((name) => isUnknown(name) || JSON.stringify(old[name]) !== JSON.stringify(now[name]))
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
