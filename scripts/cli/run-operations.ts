import type { TerraformOperation } from '../../worker/features/deployments/schema.ts'
import { span } from './moments.ts'
import { paint } from './output.ts'
import { statusOf, styleOf } from './runs.ts'
import { table } from './table.ts'
import { plain, plainLines } from './text.ts'

/** A table of what Terraform did in a run, in order. */
export function operationsIn(operations: readonly TerraformOperation[]): string {
  if (operations.length === 0) return ''
  const columns = [
    { head: 'OPERATION', cell: ({ kind }: TerraformOperation) => kind },
    {
      head: 'STATUS',
      cell: ({ status }: TerraformOperation) => statusOf({ status, inferred: false }),
      style: ({ status }: TerraformOperation) => styleOf(status),
    },
    { head: 'EXIT', cell: ({ exit_code: code }: TerraformOperation) => (code === null ? '' : String(code)) },
    { head: 'TOOK', cell: ({ duration_ms: ms }: TerraformOperation) => (ms === null ? '' : span(ms)) },
    { head: 'PLANNED', cell: plannedBy },
    { head: 'DONE', cell: doneBy },
    { head: '', cell: remarkOn, least: 10 },
  ]
  return table(columns, operations)
}

/** What a plan wants, like `+2 ~1 -0, 1 to import`; empty where nothing is known. */
function plannedBy(operation: TerraformOperation): string {
  const { to_add: add, to_change: change, to_destroy: destroy } = operation
  if (add === null && change === null && destroy === null) return ''
  const more = [
    [operation.to_import, 'to import'],
    [operation.to_move, 'to move'],
    [operation.to_forget, 'to forget'],
    [operation.drifted, 'drifted'],
  ] as const
  const told = more.flatMap(([count, what]) => (count === null || count === 0 ? [] : [`, ${count} ${what}`]))
  return `+${add ?? 0} ~${change ?? 0} -${destroy ?? 0}${told.join('')}`
}

function doneBy({ kind, added, changed, destroyed, imported }: TerraformOperation): string {
  const some = added + changed + destroyed + imported
  if (some === 0 && kind === 'plan') return ''
  return `+${added} ~${changed} -${destroyed}${imported === 0 ? '' : `, ${imported} imported`}`
}

function remarkOn({ plan }: TerraformOperation): string {
  return plan === null || plan.known ? '' : `plan format ${plan.format_version} is newer than what is understood`
}

/** What Terraform complained of, as it would print it. */
export function diagnosticsIn(operations: readonly TerraformOperation[]): string {
  return operations
    .flatMap(({ diagnostics, more_diagnostics: more, kind }) => [
      ...diagnostics.map(toldOf),
      ...(more > 0 ? [`and ${more} more of the ${kind}\n`] : []),
    ])
    .join('')
}

function toldOf({ severity, summary, detail, address }: TerraformOperation['diagnostics'][number]): string {
  const mark = severity === 'error' ? paint('Error:', 'red') : paint('Warning:', 'yellow')
  const where = address === null ? '' : `  (${plain(address)})`
  const lines = detail === '' ? [] : plainLines(detail.trimEnd()).map((line) => `  ${line}`.trimEnd())
  return `${[`${mark} ${plain(summary)}${where}`, ...lines].join('\n')}\n`
}
