import { z } from 'zod'
import { names, section, unique } from './section.ts'

const Role = section({
  name: z.string(),
  description: z.string().default(''),
  scopes: names(z.string(), 'scope').default([]),
})
const Scope = section({ name: z.string(), description: z.string().default('') })

export const Auth0 = section({
  tenant: section({ friendlyName: z.string(), supportEmail: z.email() }),
  client: section({
    name: z.string(),
    type: z.enum(['spa', 'regular_web', 'native']).default('spa'),
    callbacks: z.array(z.url()),
  }),
  api: section({
    name: z.string(),
    /** The audience of its tokens. It cannot be changed later. */
    identifier: z.url(),
    scopes: unique(Scope, 'scope', ({ name }) => name),
    tokenLifetimeSeconds: z.int().positive().default(3600),
  }),
  roles: unique(Role, 'role', ({ name }) => name).default([]),
})
export type Auth0 = z.output<typeof Auth0>
