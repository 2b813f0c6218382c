import { z } from '@hono/zod-openapi'
import { Bindings, judgeBindings, ProjectName } from './bindings.ts'
import { Content } from './content.ts'
import { rule } from './rule.ts'

/** What `PUT /flows/deploy-content` takes. */
export const ContentRequest = z
  .strictObject({ script_name: ProjectName, content: Content, bindings: Bindings.default({}) })
  .check(
    rule(({ script_name: name, bindings }, report) =>
      judgeBindings(name, bindings, (path, message) => report(['bindings', ...path], message)),
    ),
  )
  .openapi('NewContent')

const noVersion =
  'A version is a number from 1, or Cloudflare’s identifier of one: `GET /flows/project/<name>` lists them.'

/** What `POST /flows/project/{name}/rollback` takes. */
export const RollbackRequest = z
  .strictObject({
    version: z
      .union([z.int({ error: noVersion }).min(1, noVersion), z.uuid({ error: noVersion })], { error: noVersion })
      .openapi({ description: 'A number of the project’s versions, or Cloudflare’s identifier of any.', example: 1 }),
    force: z
      .boolean()
      .default(false)
      .openapi({ description: 'Also when secrets have other values since: those of then come back.' }),
  })
  .openapi('Rollback')

/** What `POST /flows/setup-github-ci` takes. */
export const CiRequest = z
  .strictObject({
    project_name: ProjectName,
    github_repo_url: z.string().min(1).max(500).openapi({ example: 'https://github.com/acme/shop' }),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,249}$/, { error: 'This is no name of a branch.' })
      .default('main'),
    build_command: z.string().max(1000).default(''),
    output_dir: z.string().max(500).default(''),
    target: z.enum(['pages', 'workers']).default('pages'),
  })
  .openapi('NewGithubCi')
