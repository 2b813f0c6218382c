import type { Moment } from '../../platform/clock.ts'
import { momentOf, shownTime } from '../../platform/reported.ts'
import { sql } from '../../platform/sql.ts'
import type { Statement } from '../../platform/sql.ts'
import type { EventBatch } from './event-batch.ts'
import type { DiagnosticEvent, NoteEvent, OperationEvent, ResourceEvent } from './event.ts'

/** What is kept of an operation's diagnostics: so many, and so many bytes of JSON. */
const kept = { diagnostics: 200, bytes: 64_000, summary: 1000, detail: 8000 }

/** Characters of JSON in one bound value; D1 takes 2 MB. */
const largestValue = 500_000

/**
 * The writes that follow from events, besides their lines. Each gives the same when it comes twice, and events may come
 * in any order: what has ended does not begin again.
 */
export function effectsOf(row: number, batch: EventBatch, at: Moment): Statement[] {
  const { operations, resources, diagnostics, notes } = batch
  return [
    ...inParts(operations.map((event) => operationRow(event, at))).map((rows) => storeOperations(row, rows)),
    ...inParts(diagnostics.map((event) => diagnosticRow(event, at))).flatMap((rows) => storeDiagnostics(row, rows, at)),
    ...inParts(resources.map(resourceRow)).map((rows) => storeSteps(row, rows)),
    ...inParts(notes.map((event) => noteRow(event, at))).map((rows) => storeNotes(row, rows)),
  ]
}

/** JSON arrays of the values, each small enough to be bound. */
export function inParts(values: readonly unknown[]): string[] {
  const parts: string[][] = []
  let size = Infinity
  for (const value of values) {
    const text = JSON.stringify(value)
    if (size + text.length > largestValue) {
      parts.push([])
      size = 0
    }
    parts.at(-1)?.push(text)
    size += text.length
  }
  return parts.map((part) => `[${part.join(',')}]`)
}

function operationRow(event: OperationEvent, at: Moment) {
  const { operation: n, kind, status } = event
  const moment = momentOf(event.at, at)
  if (event.status === 'in_progress') return { n, kind, status, start: moment }
  const { exit_code: code, duration_ms: ms, summary } = event
  const counts = kind === 'plan' ? { planned: summary } : { done: summary }
  return { n, kind, status, start: moment - ms, end: moment, code, ms, ...counts }
}

/** An ending that was reported has a duration; one that followed from the run's end gives way to it. */
function storeOperations(row: number, rows: string): Statement {
  return sql`insert into terraform_operations (deployment_id, n, kind, status, started_at, finished_at, exit_code,
      duration_ms, to_add, to_change, to_destroy, to_import, added, changed, destroyed, imported)
    select ${row}, value ->> 'n', value ->> 'kind', value ->> 'status', value ->> 'start', value ->> 'end',
      value ->> 'code', value ->> 'ms', value ->> '$.planned.add', value ->> '$.planned.change',
      value ->> '$.planned.remove', value ->> '$.planned.import', coalesce(value ->> '$.done.add', 0),
      coalesce(value ->> '$.done.change', 0), coalesce(value ->> '$.done.remove', 0), coalesce(value ->> '$.done.import', 0)
    from json_each(${rows}) where true
    on conflict (deployment_id, n) do update set
      kind = excluded.kind, started_at = min(started_at, excluded.started_at),
      status = iif(excluded.duration_ms is null or duration_ms is not null, status, excluded.status),
      finished_at = iif(excluded.duration_ms is null or duration_ms is not null, finished_at, excluded.finished_at),
      exit_code = coalesce(exit_code, excluded.exit_code), duration_ms = coalesce(duration_ms, excluded.duration_ms),
      to_add = coalesce(to_add, excluded.to_add), to_change = coalesce(to_change, excluded.to_change),
      to_destroy = coalesce(to_destroy, excluded.to_destroy), to_import = coalesce(to_import, excluded.to_import),
      added = max(added, excluded.added), changed = max(changed, excluded.changed),
      destroyed = max(destroyed, excluded.destroyed), imported = max(imported, excluded.imported)`
}

function diagnosticRow(
  { operation, n, severity, summary, detail, address = null, at: reported }: DiagnosticEvent,
  at: Moment,
) {
  const told = { n, severity, summary: cut(summary, kept.summary), detail: cut(detail, kept.detail), address }
  return { operation, told: { ...told, at: shownTime(reported, at) } }
}

/** Cuts a text, and never a character in two. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`
}

/**
 * Adds diagnostics to those of their operations, by number. When they are too many, errors stay before warnings; the
 * total is the highest number. An operation that was not heard of yet begins with its first diagnostic.
 */
function storeDiagnostics(row: number, rows: string, at: Moment): Statement[] {
  return [
    sql`insert into terraform_operations (deployment_id, n, kind, status, started_at)
      select distinct ${row}, value ->> 'operation', d.operation, 'in_progress', ${at}
      from json_each(${rows}), deployments d where d.id = ${row} on conflict do nothing`,
    sql`update terraform_operations set diagnostics = (
        with every_one as (
          select json_extract(value, '$') as told from json_each(terraform_operations.diagnostics, '$.list')
          union all select value -> 'told' from json_each(${rows}) where value ->> 'operation' = terraform_operations.n),
        each_once as (select told, told ->> 'n' as n, told ->> 'severity' <> 'error' as rank from every_one group by 2),
        placed as (select told, row_number() over (order by rank, n) as place,
          sum(octet_length(told)) over (order by rank, n) as size from each_once)
        select json_object('total', max(coalesce(terraform_operations.diagnostics ->> 'total', 0),
            (select max(n) from each_once)), 'list', json_group_array(json(told)))
        from placed where place <= ${kept.diagnostics} and size <= ${kept.bytes})
      where deployment_id = ${row} and n in (select value ->> 'operation' from json_each(${rows}))`,
  ]
}

function resourceRow({ operation, address, action, status, elapsed_ms: ms }: ResourceEvent) {
  const step = { status, ...(ms === undefined || ms === null ? {} : { ms }) }
  return { operation, address, action, type: typeOf(address), steps: { [action]: step } }
}

/** The type in a resource's address, without its module path and its key. */
export function typeOf(address: string): string {
  return /([\w-]+)\.[\w-]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?$/.exec(address)?.[1] ?? ''
}

/**
 * Notes what was done to resources, by action: a replacement is a deletion and a creation, in either order. A resource
 * of no known plan gets a row without a `change`.
 */
function storeSteps(row: number, rows: string): Statement {
  return sql`insert into planned_changes (deployment_id, kind, address, operation, type, provider, action, steps)
    select ${row}, 'change', value ->> 'address', value ->> 'operation', value ->> 'type', '', value ->> 'action',
      value -> 'steps' from json_each(${rows}) where true
    on conflict do update set
      action = iif(change is null and action <> excluded.action and excluded.action in ('create', 'delete')
        and action in ('create', 'delete'), 'replace', action),
      steps = iif(coalesce(steps ->> ('$.' || excluded.action || '.status'), 'in_progress') = 'in_progress',
        json_patch(coalesce(steps, '{}'), excluded.steps), steps)`
}

function noteRow({ n, kind, detail, at: reported }: NoteEvent, at: Moment) {
  return { at: momentOf(reported, at), kind, n, detail: cut(detail, kept.detail) }
}

function storeNotes(row: number, rows: string): Statement {
  return sql`insert into deployment_notes (deployment_id, at, kind, n, detail)
    select ${row}, value ->> 'at', value ->> 'kind', value ->> 'n', value ->> 'detail' from json_each(${rows}) where true
    on conflict do nothing`
}
