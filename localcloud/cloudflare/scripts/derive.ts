import type { Context } from 'hono'
import { sourceOf } from './calls.ts'
import type { Draft } from './deploy.ts'
import { problems } from './errors.ts'
import type { Script, Version } from './schema.ts'

/** What differs from the version before. */
export type Difference = Partial<
  Pick<
    Draft,
    | 'main'
    | 'modules'
    | 'bindings'
    | 'annotations'
    | 'compatibility_date'
    | 'compatibility_flags'
    | 'usage'
    | 'assets'
    | 'migrations'
    | 'settings'
  >
>

/** A version that is the one before but for some members: how a secret or a setting changes. */
export function draftFrom(
  c: Context,
  difference: Difference | ((previous: Version) => Difference),
): (previous: Version | null, script: Script | null) => Draft {
  return (previous, script) => {
    if (!previous) throw script ? problems.noVersions(script.name) : problems.scriptMissing()
    const changed = typeof difference === 'function' ? difference(previous) : difference
    const { main, modules, bindings, compatibility_date, compatibility_flags, usage, assets } = previous
    return {
      main,
      modules,
      bindings,
      compatibility_date,
      compatibility_flags,
      usage,
      assets,
      source: sourceOf(c),
      annotations: {},
      migrations: null,
      declared: null,
      settings: {},
      ...changed,
    }
  }
}
