import { z } from '@hono/zod-openapi'
import { iso } from '../../platform/clock.ts'
import type { Moment } from '../../platform/clock.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'
import { policiesOf, tokensOf } from './permissions.ts'
import type { Permission } from './permissions.ts'
import type { LeaseRow } from './queries.ts'
import { wasThere } from './vault.ts'

/** What a token is to be at Cloudflare. */
type Terms = Pick<LeaseRow, 'kind' | 'label'> & {
  readonly permissions: readonly Permission[]
  readonly expiresAt: Moment
}

const Made = z.object({ id: z.string().min(1), value: z.string().min(1) })
const Listed = z.object({ id: z.string(), name: z.string() })

/** Makes a token. Its value is told here, and never again. @throws CloudflareError */
export async function makeToken(cloudflare: Cloudflare, terms: Terms): Promise<z.infer<typeof Made>> {
  return cloudflare.call(Made, 'POST', tokensOf(terms.kind), { json: await writtenOf(cloudflare, terms) })
}

/** Gives a token another end. Whether there was one. @throws CloudflareError */
export async function replaceToken(cloudflare: Cloudflare, id: string, terms: Terms): Promise<boolean> {
  const json = { ...(await writtenOf(cloudflare, terms)), status: 'active' }
  return wasThere(cloudflare.call(only(id), 'PUT', `${tokensOf(terms.kind)}/${id}`, { json }))
}

/** Replaces a token's value: the old one is dead at once. Null when there is no such token. @throws CloudflareError */
export async function rollToken(cloudflare: Cloudflare, kind: Terms['kind'], id: string): Promise<string | null> {
  try {
    return await cloudflare.call(z.string().min(1), 'PUT', `${tokensOf(kind)}/${id}/value`, { json: {} })
  } catch (error) {
    if (error instanceof CloudflareError && error.isMissing) return null
    throw error
  }
}

/** Deletes a token, if there is one. @throws CloudflareError */
export async function deleteToken(cloudflare: Cloudflare, kind: Terms['kind'], id: string): Promise<void> {
  await wasThere(cloudflare.call(only(id), 'DELETE', `${tokensOf(kind)}/${id}`))
}

/** An answer that is about this token: anything else proves nothing. */
function only(id: string) {
  return z.object({ id: z.literal(id) })
}

/** The tokens that a lease made: one at most, whose identifier nobody may have heard. */
export async function tokensLabelled(
  cloudflare: Cloudflare,
  { kind, label }: Pick<LeaseRow, 'kind' | 'label'>,
): Promise<string[]> {
  const found: string[] = []
  for await (const { id, name } of cloudflare.list(Listed, tokensOf(kind))) if (name === label) found.push(id)
  return found
}

async function writtenOf(cloudflare: Cloudflare, { label, permissions, expiresAt }: Terms) {
  const needsUser = permissions.some(({ resources }) => resources.includes('user'))
  const user = needsUser ? (await cloudflare.call(z.object({ id: z.string() }), 'GET', '//user')).id : null
  return {
    name: label,
    // Cloudflare dates tokens to the second.
    expires_on: `${iso(expiresAt).slice(0, 19)}Z`,
    policies: policiesOf(permissions, { account: cloudflare.accountId, user }),
  }
}
