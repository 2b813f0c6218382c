import { z } from 'zod'

const Plan = z.object({
  resource_changes: z
    .array(
      z.object({
        change: z.object({ actions: z.array(z.string()), importing: z.unknown().optional() }),
        previous_address: z.string().optional(),
      }),
    )
    .default([]),
})

/** What a plan does, in Terraform's words: `1 to import, 20 to add`. @param plan what `terraform show -json` says of it */
export function countsOf(plan: unknown): string {
  const { resource_changes: changes } = Plan.parse(plan)
  const having = (action: string) => changes.filter(({ change }) => change.actions.includes(action)).length
  const counts = [
    [changes.filter(({ change }) => change.importing !== undefined).length, 'to import'],
    [having('create'), 'to add'],
    [having('update'), 'to change'],
    [having('delete'), 'to destroy'],
    [having('forget'), 'to forget'],
    [changes.filter(({ previous_address: from }) => from !== undefined).length, 'to move'],
  ] as const
  const told = counts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`)
  return told.length === 0 ? 'outputs only' : told.join(', ')
}
