import type { z } from 'zod'

/** Nobody waits long for a check: what is really wrong is told by Terraform as well. */
const patienceMs = 10_000

export type Answer<Value> = { readonly status: number; readonly value: Value | null }

/** Reads JSON with a token. @returns no value unless it was understood; null when nobody answers */
export async function ask<Schema extends z.ZodType>(
  schema: Schema,
  url: string,
  token: string,
): Promise<Answer<z.output<Schema>> | null> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'throughline' }
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(patienceMs) })
    const read = response.ok ? schema.safeParse(await response.json()) : null
    return { status: response.status, value: read?.data ?? null }
  } catch {
    return null
  }
}
