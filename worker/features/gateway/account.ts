import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'

/** The account that the gateway leads to. */
export type Account = {
  readonly id: string
  readonly token: string
  /** Its API's address, without a slash at the end. */
  readonly url: string
  /** Milliseconds until an answer must have begun. */
  readonly timeout: number
}

const Settings = z.object({
  CLOUDFLARE_ACCOUNT_ID: z.string().regex(/^[0-9a-f]{32}$/),
  CF_API_TOKEN: z.string().min(1),
  CLOUDFLARE_API_BASE_URL: z.url(),
  CLOUDFLARE_TIMEOUT_MS: z.coerce.number().int().min(1),
})

/** What was read of the settings: they are the same for as long as the Worker lives. */
const read = new WeakMap<Env, Account>()

/** @throws Problem (unavailable) that names the setting which is missing */
export function accountOf(env: Env): Account {
  const known = read.get(env)
  if (known) return known
  const account = accountIn(env)
  read.set(env, account)
  return account
}

function accountIn(env: Env): Account {
  const { data, error } = Settings.safeParse(env)
  if (!data) {
    const names = error.issues.map(({ path }) => path.join('.')).join(', ')
    throw new Problem('unavailable', `The gateway is not set up: ${names} is missing or not valid.`)
  }
  return {
    id: data.CLOUDFLARE_ACCOUNT_ID,
    token: data.CF_API_TOKEN,
    url: data.CLOUDFLARE_API_BASE_URL.replace(/\/+$/, ''),
    timeout: data.CLOUDFLARE_TIMEOUT_MS,
  }
}

/** The account's identifier, or null when none is set up. */
export function accountIdOf(env: Env): string | null {
  return Settings.pick({ CLOUDFLARE_ACCOUNT_ID: true }).safeParse(env).data?.CLOUDFLARE_ACCOUNT_ID ?? null
}
