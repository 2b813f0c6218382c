import { z } from '@hono/zod-openapi'
import { Project } from './schema.ts'

/** What was deployed of a project through its flows. */
export const ProjectVersion = z
  .object({
    number: z.int(),
    version_id: z.string().openapi({ description: 'How Cloudflare calls it.' }),
    main: z.string().openapi({ example: 'index.js' }),
    files: z.int(),
    bytes: z.int(),
    sha256: z.string(),
    run: z.string().openapi({ example: 'flow-000000001' }),
    created_at: z.iso.datetime(),
  })
  .openapi('ProjectVersion')
export type ProjectVersion = z.infer<typeof ProjectVersion>

/** A version that answers now. */
export const Deployed = z
  .object({
    url: z.string().nullable().openapi({
      example: 'https://shop.example.workers.dev',
      description: 'null where the account has no workers.dev subdomain.',
    }),
    project: z.string(),
    version: z.int().nullable().openapi({ description: 'Its number; null when it was not deployed by a flow.' }),
    version_id: z.string(),
  })
  .openapi('Deployed')
export type Deployed = z.infer<typeof Deployed>

/** A repository, and how it is built. */
export const CiInput = z.object({
  owner: z.string(),
  name: z.string(),
  branch: z.string(),
  build_command: z.string(),
  output_dir: z.string(),
  target: z.enum(['pages', 'workers']),
})
export type CiInput = z.infer<typeof CiInput>

export const CiEnabled = z
  .object({
    status: z.string().openapi({ example: 'CI/CD is enabled: push to main to deploy.' }),
    project: z.string(),
    target: z.enum(['pages', 'workers']),
    repository: z.string().openapi({ example: 'acme/shop' }),
    branch: z.string(),
    url: z.string().nullable(),
  })
  .openapi('CiEnabled')
export type CiEnabled = z.infer<typeof CiEnabled>

/** A project with all that is known of it. */
export const ProjectDetails = Project.extend({
  versions: z.array(ProjectVersion).openapi({ description: 'The newest 100, newest first.' }),
  live_version_id: z.string().nullable().openapi({ description: 'Which version requests are sent to.' }),
}).openapi('ProjectDetails')
export type ProjectDetails = z.infer<typeof ProjectDetails>
