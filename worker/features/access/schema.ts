import { z } from '@hono/zod-openapi'
import { isScope, scopes } from '../../platform/principal.ts'

export const Scope = z
  .string()
  .max(200)
  .refine(isScope, { error: `There is no such scope. Scopes: ${Object.keys(scopes).join(', ')}.` })
  .openapi({
    example: 'state:team/*',
    description: Object.entries(scopes)
      .map((entry) => entry.join(': '))
      .join(' '),
  })

export const Token = z
  .object({
    id: z.string().openapi({ example: 'tok-000000001' }),
    name: z.string(),
    scopes: z.array(z.string()),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable(),
  })
  .openapi('Token')
export type Token = z.infer<typeof Token>

export const NewToken = z
  .strictObject({
    // Records name tokens: one that is called as the owner's, or as a run of Actions, would speak for them.
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .refine((name) => name.toLowerCase() !== 'root', { error: "The name root is the owner's." })
      .refine((name) => !/^github:/i.test(name), { error: 'Names with github: are those of runs of Actions.' }),
    scopes: z.array(Scope).min(1).max(50),
    expires_in_days: z.int().min(1).max(3650).optional(),
  })
  .openapi('NewToken')

export const IssuedToken = Token.extend({
  token: z.string().openapi({ description: 'The token itself, shown this once.' }),
}).openapi('IssuedToken')
