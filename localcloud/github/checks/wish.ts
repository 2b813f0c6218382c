import { z } from 'zod'
import { unprocessable } from '../platform/problem.ts'
import type { World } from '../world.ts'
import type { RunColumns } from './changes.ts'
import { Annotation, Output, conclusions, statuses } from './schema.ts'
import type { CheckRun } from './schema.ts'

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

/** What may be said of a run; what is left out stays. */
export const Wish = z.object({
  name: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(statuses).optional(),
  started_at: time.optional(),
  conclusion: z.enum(conclusions).optional(),
  completed_at: time.optional(),
  output: Output.extend({ annotations: z.array(Annotation).max(50).optional() }).optional(),
  actions: z
    .array(z.object({ label: z.string(), description: z.string(), identifier: z.string() }))
    .max(3)
    .optional(),
})
export type Wish = z.infer<typeof Wish>

/** A wish as it is stored. */
export function columnsFor({ now }: Pick<World, 'now'>, wish: Wish, before: CheckRun | null): RunColumns {
  const { name, details_url, external_id, started_at } = wish
  return { name, details_url, external_id, started_at, ...turnFor(now, wish, before), ...wordsFor(wish, before) }
}

/** A conclusion ends a run, and an end needs a conclusion; another status opens it again. */
function turnFor(now: () => number, { status, conclusion, completed_at }: Wish, before: CheckRun | null): RunColumns {
  const isEnd = status === 'completed' || [conclusion, completed_at].some((each) => each !== undefined)
  if (!isEnd) return status === undefined ? {} : { status, conclusion: null, completed_at: null }
  if (!(conclusion ?? before?.conclusion)) throw unprocessable('Invalid request.\n\n"conclusion" wasn\'t supplied.')
  return { status: 'completed', conclusion, completed_at: completed_at ?? before?.completed_at ?? now() }
}

/** Annotations are added to those before, everything else takes its place. */
function wordsFor({ output, actions }: Wish, before: CheckRun | null): RunColumns {
  const { annotations = [], ...words } = output ?? {}
  const known = before ?? { output: {}, annotations: [] }
  return {
    ...(output ? { output: JSON.stringify({ ...known.output, ...words }) } : {}),
    ...(annotations.length > 0 ? { annotations: JSON.stringify([...known.annotations, ...annotations]) } : {}),
    ...(actions ? { actions: JSON.stringify(actions) } : {}),
  }
}
