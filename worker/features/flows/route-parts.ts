import { z } from '@hono/zod-openapi'
import { json, problem } from '../../platform/api.ts'
import type { AppContext } from '../../platform/api.ts'
import { Configuration, fileOf } from './configuration.ts'
import { FlowRunWithSteps } from './schema.ts'
import type { Project } from './schema.ts'

/** Headers that every flow takes. */
export const flowHeaders = z.object({
  prefer: z
    .string()
    .optional()
    .openapi({ description: '`respond-async` answers 202 at once, `wait=<seconds>` sooner than after 20.' }),
  'idempotency-key': z
    .string()
    .optional()
    .openapi({ description: 'Makes a repetition the same run; with another request it is refused (409).' }),
})

/** What every flow may answer beside its result. */
export const flowOutcomes = {
  202: json('The run goes on; `Location` tells where it is shown.', FlowRunWithSteps),
  409: problem('Another run works on the project, or something of this name belongs to somebody else.'),
  413: problem('The request is too large.'),
  502: problem('Cloudflare did not do what was asked; what was made is taken away again.'),
  503: problem('No account is set up.'),
}

/** Describes an answer in JSON which is wrangler's file when `Accept` says so. */
export function withFiles<Schema extends z.ZodType>(description: string, schema: Schema) {
  const file = { schema: z.string().openapi({ description: 'wrangler’s file' }) }
  const content = { 'application/json': { schema } }
  return { description, content: Object.assign(content, { 'application/jsonc': file, 'application/toml': file }) }
}

/** A project as wrangler's file, in the form that the caller asks for. */
export function configurationFile(c: AppContext, { configuration }: Pick<Project, 'configuration'>, status: 200 | 201) {
  const { text, type } = fileOf(Configuration.parse(configuration), c.req.header('accept') ?? '')
  return c.newResponse(text, status, { 'content-type': type })
}
