import type { Cloud } from './cloud.ts'

/** Names of the scripts that run with a binding of a type whose field has a value. */
export function scriptsBinding(
  { runtime }: Pick<Cloud, 'runtime'>,
  type: string,
  field: string,
  value: string,
): string[] {
  return [...runtime.plan.scripts.values()]
    .filter(({ version }) => version.bindings.some((binding) => binding.type === type && binding[field] === value))
    .map(({ script }) => script.name)
}
