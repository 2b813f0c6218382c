import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'

const Answer = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string() })).default([]),
})

/** How GitHub is asked. */
export type Ask = <Schema extends z.ZodType>(
  schema: Schema,
  query: string,
  variables: Readonly<Record<string, unknown>>,
) => Promise<z.output<Schema>>

/** Asks the GitHub whose REST address this is, as Terraform's provider takes it from `GITHUB_BASE_URL`. */
export function askGraphQl(base: string, token: string): Ask {
  const address = graphqlAddress(base)
  return async (schema, query, variables) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'throughline' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(30_000),
    })
    if (!response.ok) throw new Refusal(`${address} answered ${response.status}.`)
    const { data, errors } = Answer.parse(await response.json())
    if (errors.length > 0) throw new Refusal(errors.map(({ message }) => message).join(' '))
    return schema.parse(data)
  }
}

/** `https://api.github.com/` has it at `/graphql`, a server of one's own at `/api/graphql` beside `/api/v3`. */
export function graphqlAddress(base: string): string {
  const trimmed = base.replace(/\/+$/, '')
  return trimmed.endsWith('/api/v3') ? trimmed.replace(/v3$/, 'graphql') : `${trimmed}/graphql`
}
