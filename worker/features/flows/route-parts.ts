import { z } from '@hono/zod-openapi'
import { json, problem } from '../../platform/api.ts'
import { FlowRunWithSteps } from './schema.ts'

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
