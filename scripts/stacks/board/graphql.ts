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

/** Asks a GitHub by GraphQL. */
export function askGraphQl(address: string, token: string): Ask {
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
