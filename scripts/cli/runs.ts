import { z } from 'zod'
import { Deployment } from '../../worker/features/deployments/schema.ts'
import type { Style } from './table.ts'

/** What a list shows of a deployment: a server that is older or newer than this command tells at least that. */
export const Run = Deployment.pick({
  id: true,
  state: true,
  inferred: true,
  actor: true,
  credential: true,
  resources_created: true,
  resources_updated: true,
  resources_deleted: true,
  resources_imported: true,
  resources_forgotten: true,
  started_at: true,
  duration_ms: true,
}).extend({ operation: z.string(), status: z.string(), expected_ms: z.int().nullish() })
export type Run = z.infer<typeof Run>

const styles: Readonly<Record<string, Style>> = {
  success: 'green',
  failed: 'red',
  abandoned: 'red',
  canceled: 'yellow',
  in_progress: 'cyan',
  pending: 'cyan',
}

/** The colour of a status. */
export function styleOf(status: string): Style | null {
  return styles[status] ?? null
}

/** A status in words; `*` when it was concluded and not reported. */
export function statusOf({ status, inferred }: Pick<Run, 'status' | 'inferred'>): string {
  return status.replaceAll('_', ' ') + (inferred ? '*' : '')
}

/** What a run did to resources, like `+2 ~1 -0`. */
export function countsOf(run: Run): string {
  const { resources_created: added, resources_updated: changed, resources_deleted: deleted } = run
  const others = [
    [run.resources_imported, 'imported'],
    [run.resources_forgotten, 'forgotten'],
  ] as const
  const more = others.filter(([count]) => count > 0).map(([count, what]) => `, ${count} ${what}`)
  return `+${added} ~${changed} -${deleted}${more.join('')}`
}
