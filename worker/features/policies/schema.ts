import { z } from '@hono/zod-openapi'
import { groupNames } from '../gateway/operation.ts'
import { kinds } from '../gateway/resource.ts'

const Permission = z
  .string()
  .max(200)
  .superRefine((name, context) => {
    if (groupNames().has(name)) return
    const message = `Cloudflare has no permission group of this name. The nearest: ${nearest(name, groupNames()).join(', ')}.`
    context.addIssue({ code: 'custom', message })
  })
  .openapi({ example: 'Workers Scripts Write', description: 'The name of a permission group of Cloudflare.' })

const Pattern = z
  .string()
  .max(300)
  .refine(
    (text) => text === '*' || (kinds.includes(text.split(':')[0] ?? '') && /^[a-z0-9_]+:[^*\s]*\*?$/.test(text)),
    {
      error: `A pattern is *, or a kind and a name that may end with *. Kinds: ${kinds.join(', ')}.`,
    },
  )
  .openapi({ example: 'script:shop-*', description: 'Covers what it names; a `*` at its end stands for any rest.' })

export const PolicyName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'A name is up to 63 of a-z 0-9 -, and does not begin with -.' })
  .refine((name) => name !== 'read', { error: 'The scope sdk:read has a meaning of its own.' })
  .openapi({ example: 'shop' })

export const PolicyContent = z
  .strictObject({
    permissions: z
      .array(Permission)
      .min(1)
      .max(100)
      .openapi({ example: ['Workers Scripts Write', 'D1 Write'] }),
    resources: z
      .array(Pattern)
      .min(1)
      .max(100)
      .openapi({ example: ['script:shop-*', 'd1:*'] }),
    expires_at: z.iso
      .datetime({ offset: true })
      .nullable()
      .default(null)
      .openapi({ description: 'From then on it allows nothing.' }),
  })
  .openapi('PolicyContent')
export type PolicyContent = z.infer<typeof PolicyContent>

export const NewPolicy = PolicyContent.extend({ name: PolicyName }).openapi('NewPolicy')

export const Policy = z
  .object({
    name: z.string(),
    permissions: z.array(z.string()),
    resources: z.array(z.string()),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    updated_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
  })
  .openapi('Policy')
export type Policy = z.infer<typeof Policy>

/** The three names that share the most pairs of letters with a text. */
export function nearest(text: string, names: Iterable<string>): string[] {
  const wanted = pairsOf(text)
  const likeness = (name: string) => {
    const pairs = pairsOf(name)
    return [...pairs].filter((pair) => wanted.has(pair)).length / (pairs.size + wanted.size)
  }
  return [...names]
    .map((name) => ({ name, likeness: likeness(name) }))
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map(({ name }) => name)
}

function pairsOf(text: string): Set<string> {
  const letters = text.toLowerCase()
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)))
}
