import { z } from '@hono/zod-openapi'
import { paging } from '../../platform/pages.ts'

export const Visibility = z.enum(['public', 'private', 'internal'])

export const Repository = z
  .object({
    repo_id: z.int().nullable().openapi({ description: "GitHub's id: it stays when the name changes." }),
    repo_owner: z.string(),
    repo_name: z.string(),
    repo_full_name: z.string().openapi({
      example: 'octo/site',
      description: 'With `@` and a number behind it when another repository has the name now.',
    }),
    description: z.string().nullable(),
    visibility: Visibility,
    default_branch: z.string(),
    has_issues: z.boolean(),
    has_projects: z.boolean(),
    has_wiki: z.boolean(),
    homepage_url: z.string().nullable(),
    topics: z.array(z.string()),
    archived: z.boolean(),
    terraform_managed: z.boolean().openapi({ description: 'Whether a state holds it now.' }),
    resource: z.string().nullable().openapi({ example: 'res-000000001', description: 'What declares it.' }),
    last_deployment_id: z.string().nullable().openapi({
      example: 'deploy-2026-11-21-001',
      description: 'The deployment that changed what declares it last.',
    }),
    created_at: z.iso.datetime().openapi({ description: 'When it became known here.' }),
    updated_at: z.iso.datetime(),
  })
  .openapi('Repository')
export type Repository = z.infer<typeof Repository>

export const RepositoryQuery = z.strictObject({
  ...paging,
  managed: z.enum(['true', 'false']).default('true').openapi({ description: 'Those that a state holds, or held.' }),
})
export type RepositoryQuery = z.infer<typeof RepositoryQuery>
