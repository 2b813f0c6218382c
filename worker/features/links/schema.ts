import { z } from '@hono/zod-openapi'
import { Deployment } from '../deployments/schema.ts'
import { Resource } from '../resources/schema.ts'

export const Node = z
  .object({
    kind: z.string().openapi({ example: 'deployment' }),
    id: z.string().openapi({ example: 'deploy-2026-11-21-001' }),
  })
  .openapi('Node')
export type Node = z.infer<typeof Node>

export const Evidence = z.enum(['observed', 'declared', 'inferred']).openapi({
  description:
    'observed: ids were seen in the act. declared: a person or a commit message says so. inferred: a guess from time, directory or branch.',
})

export const Link = z
  .object({
    from: Node,
    relation: z.string().openapi({ example: 'wrote' }),
    to: Node,
    evidence: Evidence,
    detail: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .openapi('Link')
export type Link = z.infer<typeof Link>

export const WhyQuery = z.strictObject({
  resource: z.string().min(1).max(1000).openapi({
    description: "The resource's address, or for what a flow made its kind and name, like d1:shop-db.",
    example: 'random_pet.name',
  }),
  state: z.string().min(1).max(200).optional().openapi({ description: 'Needed when several states hold the address.' }),
  depth: z.coerce.number().int().min(1).max(10).default(5).openapi({ description: 'Steps from the resource.' }),
})

/** What a flow made, which no state holds. */
export const FlowResource = z
  .object({ address: z.string().openapi({ example: 'd1:shop-db' }), state: z.null(), cloud_id: z.string().nullable() })
  .openapi('FlowResource')

export const Why = z
  .object({
    resource: z.union([Resource, FlowResource]),
    deployment: Deployment.nullable().openapi({ description: 'The run that changed the resource last.' }),
    edges: z.array(Link).openapi({ description: 'From the resource outward, nearest first.' }),
    complete: z.boolean().openapi({ description: 'False when there is more than the walk may read.' }),
  })
  .openapi('Why')
export type Why = z.infer<typeof Why>
