import { z } from 'zod'
import { objectIn } from '../protocol/values.ts'
import type { Values } from '../protocol/values.ts'
import { ApiRefusal } from './effect.ts'
import type { Call } from './effect.ts'

/** An API that is called with a token. */
export type Api = {
  /** What it is called in messages. */
  readonly name: string
  readonly url: string
  readonly token: string
  /** The variable that the token usually comes from. */
  readonly variable: string
  /** Reads the reasons out of a refusal's body. */
  readonly reasons: (body: unknown) => string
}

/** How long an API may be silent. */
const patienceMs = 30_000

/** Calls an API. @returns the parsed body; null when there is none */
export async function callApi(api: Api, { method, path, body, headers = {} }: Call): Promise<unknown> {
  const answer = await send(api, `${api.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.token}`,
      accept: 'application/json',
      'user-agent': 'throughline-local-terraform',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const said = parsed(await answer.text())
  if (answer.ok) return said
  const reasons = [api.reasons(said), ...remedyFor(answer.status, method, api)].join('\n')
  throw new ApiRefusal(answer.status, `${method} ${path}: ${answer.status} ${answer.statusText}\n${reasons}`)
}

/** What to look at when it is the token that is refused. GitHub calls not found what may not be written to. */
function remedyFor(status: number, method: string, { name, variable }: Api): string[] {
  if (status === 401) return [`${name} does not know the token in ${variable}.`]
  if (status === 403) return [`The token in ${variable} may not do this.`]
  return status === 404 && method !== 'GET' ? [`It is not there, or the token in ${variable} may not do this.`] : []
}

async function send({ name, url }: Api, address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, { ...init, signal: AbortSignal.timeout(patienceMs) })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new ApiRefusal(0, `${name} cannot be reached at ${url}: ${cause}. Is it running?`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text === '' ? null : text
  }
}

const GraphqlAnswer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).optional(),
})

/** Asks by GraphQL. What is not there is refused as REST would refuse it. */
export async function askGraphql(api: Api, query: string, variables: Values): Promise<Values> {
  const { data, errors = [] } = GraphqlAnswer.parse(
    await callApi(api, { method: 'POST', path: '', body: { query, variables } }),
  )
  const [error] = errors
  if (!error) return objectIn(data) ?? {}
  const status = { NOT_FOUND: 404, FORBIDDEN: 403 }[error.type ?? ''] ?? 422
  throw new ApiRefusal(status, errors.map(({ message }) => message).join('\n'))
}
