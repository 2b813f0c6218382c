import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'

const Environment = z.object({
  WORKER_URL: z.url().regex(/^\S+$/),
  ACTIONS_ID_TOKEN_REQUEST_URL: z.url(),
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: z.string().min(1),
  GITHUB_ENV: z.string().min(1),
})
const Identity = z.object({ value: z.string() })
// A line break would set other variables of the steps that follow.
const Issued = z.object({ token: z.string().regex(/^[\w-]+$/) })

/** Exchanges the identity of this run for a token of the control plane, which the steps that follow find. */
export async function exchangeToken(env: NodeJS.ProcessEnv): Promise<void> {
  const parsed = Environment.safeParse(env)
  if (!parsed.success)
    throw new Refusal(`This job cannot tell who it is: it needs id-token: write. ${z.prettifyError(parsed.error)}`)
  const { WORKER_URL: url, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN, GITHUB_ENV } = parsed.data
  const audience = encodeURIComponent(url)
  const { value } = await ask(Identity, `${ACTIONS_ID_TOKEN_REQUEST_URL}&audience=${audience}`, {
    headers: { authorization: `Bearer ${ACTIONS_ID_TOKEN_REQUEST_TOKEN}` },
  })
  const { token } = await ask(Issued, `${url}/api/access/github-oidc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: value }),
  })
  // The log must hide it before anything else can write it there.
  console.log(`::add-mask::${token}`)
  appendFileSync(GITHUB_ENV, `THROUGHLINE_URL=${url}\nTHROUGHLINE_TOKEN=${token}\n`)
}

async function ask<Schema extends z.ZodType>(
  schema: Schema,
  address: string,
  init: RequestInit,
): Promise<z.output<Schema>> {
  const response = await fetch(address, { ...init, signal: AbortSignal.timeout(30_000) })
  const place = address.split('?')[0]
  if (!response.ok) throw new Refusal(`${place} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
  return schema.parse(await response.json())
}
