import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ZodError, ZodType } from 'zod'
import type { Principal } from './principal.ts'
import { Problem } from './problem.ts'

export type AppEnv = { Bindings: Env; Variables: { requestId: string; principal: Principal } }
export type AppContext = Context<AppEnv>

const ProblemBody = z
  .object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), instance: z.string() })
  .openapi('Problem')

/** An empty set of routes. A request that does not match its schema is thrown as a Problem. */
export function api(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook(result) {
      if (result.success) return
      const errors = result.error.issues.map((issue) => ({
        pointer: `/${issue.path.join('/')}`,
        detail: isMissing(issue) ? `This is missing: ${issue.expected} is expected.` : issue.message,
      }))
      const first = errors[0] ? ` ${errors[0].pointer}: ${errors[0].detail}` : ''
      throw new Problem('invalid-request', `The ${result.target} is not valid.${first}`, { extensions: { errors } })
    },
  })
}

type Issue = ZodError['issues'][number]

function isMissing(issue: Issue): issue is Extract<Issue, { code: 'invalid_type' }> {
  return issue.code === 'invalid_type' && issue.message.endsWith(', received undefined')
}

/** The query of a route that takes none: an unknown value is a mistake worth telling. */
export const noQuery = z.strictObject({})

/** Describes a JSON response body. */
export function json<Schema extends ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } }
}

/** Describes a body that is sent as text as it is stored: the type leaves its content out, so that any response will do. */
export function raw(description: string, mediaType: string, schema: ZodType): { description: string } {
  const content = { [mediaType]: { schema } }
  return Object.assign({ description }, { content })
}

/** Describes a required JSON request body. */
export function body<Schema extends ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } }
}

/** Describes a failure. Handlers throw a Problem; they never return one. */
export function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: ProblemBody } } }
}

/** What every guarded route may answer beside its own responses. */
export const refusals = {
  400: problem('A value in the path, the query or the body is unknown or not valid.'),
  401: problem('No credentials, or wrong ones.'),
  403: problem('The token lacks the scope that the detail names.'),
  429: problem('Too many wrong credentials came from this address.'),
}
