import { z } from '@hono/zod-openapi'
import type { Deployment, TerraformOperation } from './schema.ts'

/** Something that happened in a run. */
export const Moment = z.object({ at: z.iso.datetime(), kind: z.string(), detail: z.string() }).openapi('RunMoment')
export type Moment = z.infer<typeof Moment>

type Version = { readonly version: number; readonly serial: number; readonly created_at: string }

/** What happened at the same millisecond is told in this order. */
const order = ['started', 'operation_started', 'version_written', 'operation_ended', 'ended']

function placeOf({ kind }: Moment): number {
  const place = order.indexOf(kind)
  return place < 0 ? order.indexOf('version_written') : place
}

/** The story of a run: its beginning and end, its operations, the versions it wrote, and what else was noted. */
export function timelineOf(
  run: Deployment,
  operations: readonly TerraformOperation[],
  versions: readonly Version[],
  notes: readonly Moment[],
): Moment[] {
  const moments = [
    { at: run.started_at, kind: 'started', detail: run.command ?? run.operation },
    ...operations.flatMap(momentsOf),
    ...versions.map(({ version, serial, created_at: at }) => ({
      at,
      kind: 'version_written',
      detail: `version ${version}, serial ${serial}`,
    })),
    ...notes,
    ...(run.finished_at === null ? [] : [{ at: run.finished_at, kind: 'ended', detail: endOf(run) }]),
  ]
  return moments.toSorted((a, b) => compare(a.at, b.at) || placeOf(a) - placeOf(b))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function momentsOf({ n, kind, status, started_at: start, finished_at: end }: TerraformOperation): Moment[] {
  const detail = `${kind} (operation ${n})`
  return [
    { at: start, kind: 'operation_started', detail },
    ...(end === null ? [] : [{ at: end, kind: 'operation_ended', detail: `${detail}: ${status}` }]),
  ]
}

function endOf({ status, inferred, reason, exit_code: code }: Deployment): string {
  const how = [status, inferred ? ' (inferred)' : '', code === null ? '' : `, exit code ${code}`].join('')
  return reason === null ? how : `${how}: ${reason}`
}
