import { z } from '@hono/zod-openapi'
import type { AppContext } from '../../platform/api.ts'
import { now } from '../../platform/clock.ts'
import { nobody } from '../../platform/principal.ts'
import type { Principal } from '../../platform/principal.ts'
import type { Statement } from '../../platform/sql.ts'
import { hashOf } from '../access/token.ts'
import type { Call } from './call.ts'
import { isGateway } from './call.ts'
import { findSession, insertSession } from './queries.ts'
import { shown } from './resource.ts'

/** Cloudflare's tokens of upload sessions live for an hour. */
const lifetime = 3_600_000

const openers = [
  /^POST accounts\/\{\}\/workers\/(?:dispatch\/namespaces\/\{\}\/)?scripts\/\{\}\/assets-upload-session$/,
  /^GET accounts\/\{\}\/pages\/projects\/\{\}\/upload-token$/,
]
const Opened = z.object({ result: z.object({ jwt: z.string().min(1) }) })

/** Whether the answer of a call holds the token of a session. */
export function opensSession({ operation: { method, template } }: Call): boolean {
  const name = `${method} ${template.join('/')}`
  return openers.some((form) => form.test(name))
}

/** Remembers a session that Cloudflare opened for somebody, or null when the answer opens none. */
export function sessionIn(answer: unknown, { target }: Call, principal: Principal): Statement | null {
  const opened = Opened.safeParse(answer).data
  if (!opened) return null
  const expiresAt = Math.min(now() + lifetime, principal.expiresAt ?? Infinity)
  const resource = shown(target.resources[0])
  return insertSession({
    hash: hashOf(opened.result.jwt),
    tokenId: principal.token,
    actor: principal.name,
    resource,
    expiresAt,
  })
}

/** Who may upload with a token that is none of ours: whoever opened the session through us. It allows nothing else. */
export async function sessionHolder(c: AppContext, token: string): Promise<Principal | null> {
  if (!isGateway(c.req.path) || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return null
  const session = await findSession(c.env.DEPLOYMENT_DB, hashOf(token), now())
  return session && { ...nobody, name: session.actor, token: session.token_id }
}
