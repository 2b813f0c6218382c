import type { Cloud } from './cloud.ts'
import { activeDeployment, allScripts, versionWith } from './scripts/queries.ts'

/** Names of the scripts that are deployed with a binding of a type whose field has a value. */
export function scriptsBinding({ store }: Pick<Cloud, 'store'>, type: string, field: string, value: string): string[] {
  return allScripts(store)
    .filter(({ id }) =>
      activeDeployment(store, id)
        ?.versions.flatMap((share) => versionWith(store, id, share.version_id)?.bindings ?? [])
        .some((binding) => binding.type === type && binding[field] === value),
    )
    .map(({ name }) => name)
}
