import { paint } from './output.ts'
import { cut, padded, plain, widthOf } from './text.ts'

export type Style = Parameters<typeof paint>[1]

/** A column: what it shows of a row. Recorded text may be given as it is. */
export type Column<Row> = {
  readonly head: string
  readonly cell: (row: Row) => string
  readonly style?: (row: Row) => Style | null
  /** It is never cut shorter than this, nor than its head, while another column still can be. */
  readonly least?: number
  /** It is left out when the others would have to be cut shorter than their least. */
  readonly isOptional?: boolean
}

type Cells<Row> = { readonly column: Column<Row>; readonly cells: readonly string[]; readonly width: number }

const gap = '  '

/** How wide the terminal is, in columns; null where the output goes elsewhere and nothing needs cutting. */
export function terminalWidth(): number | null {
  return process.stdout.isTTY ? process.stdout.columns || Number(process.env['COLUMNS']) || 80 : null
}

/** A table with a line for the heads, unless there are none, in at most `width` columns. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width = terminalWidth()): string {
  const measured = columns.map((column): Cells<Row> => {
    const cells = rows.map((row) => plain(column.cell(row)))
    return { column, cells, width: Math.max(widthOf(column.head), ...cells.map(widthOf)) }
  })
  const shown = width === null ? measured : chosen(measured, width)
  const widths = width === null ? shown.map((cells) => cells.width) : fitted(shown, width)
  const heads = shown.map(({ column }, index) => cellText(column.head, widths[index] ?? 0, 'dim'))
  const lines = rows.map((row, at) =>
    shown.map(({ column, cells }, index) => cellText(cells[at] ?? '', widths[index] ?? 0, column.style?.(row) ?? null)),
  )
  const all = columns.every(({ head }) => head === '') ? lines : [heads, ...lines]
  return all.map((cells) => `${cells.join(gap).trimEnd()}\n`).join('')
}

function cellText(text: string, width: number, style: Style | null): string {
  const short = cut(text, width)
  const shown = style === null || short === '' ? short : paint(short, style)
  return shown + padded('', width - widthOf(short))
}

/** Without the optional columns for which there is no room, the last first. */
function chosen<Row>(columns: readonly Cells<Row>[], width: number): readonly Cells<Row>[] {
  const least = sum(columns.map(leastOf)) + gap.length * (columns.length - 1)
  const last = columns.findLastIndex(({ column }) => column.isOptional)
  return least <= width || last === -1 ? columns : chosen(columns.toSpliced(last, 1), width)
}

function leastOf<Row>({ column, width }: Cells<Row>): number {
  return Math.min(width, Math.max(column.least ?? width, widthOf(column.head)))
}

/** The widest columns are cut first, each to its least; if that is not enough, all are. */
function fitted<Row>(columns: readonly Cells<Row>[], width: number): number[] {
  const room = Math.max(columns.length, width - gap.length * (columns.length - 1))
  const widths = columns.map((column) => column.width)
  const least = columns.map(leastOf)
  for (const floors of [least, columns.map(() => 1)]) {
    while (sum(widths) > room) {
      const spare = widths.map((taken, index) => (taken > (floors[index] ?? 1) ? taken : 0))
      const widest = Math.max(...spare)
      if (widest === 0) break
      widths[spare.indexOf(widest)] = widest - 1
    }
  }
  return widths
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
