import { z } from 'zod'
import { azureId, day, image, kebab, keyVaultName, names, section } from './section.ts'

export const Azure = section({
  subscriptionId: azureId,
  tenantId: azureId,
  location: z.string(),
  resourceGroup: kebab,
  /** Unique in all of Azure. */
  keyVault: keyVaultName,
  /** A container that connects the network to Cloudflare: its image with a version. */
  connector: section({
    image,
    cpu: z.number().positive().default(0.5),
    memoryGb: z.number().positive().default(0.5),
  }).exactOptional(),
  budget: section({
    /** Per month, in the currency of the subscription. */
    amount: z.number().positive(),
    /** The first day of a month. */
    from: day.refine((text) => !/-(?!01$)\d\d$/.test(text), {
      error: ({ input }) => `"${String(input)}" must be the first day of a month.`,
    }),
    emails: names(z.email(), 'address').min(1, { error: 'names nobody; nobody would be told.' }),
  }).exactOptional(),
  /** The environment of Actions that may act on Azure, in every repository that has it. */
  deployFrom: z.string(),
})
export type Azure = z.output<typeof Azure>
