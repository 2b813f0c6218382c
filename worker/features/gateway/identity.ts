import { createHash } from 'node:crypto'
import { iso } from '../../platform/clock.ts'
import { idOf } from '../../platform/ids.ts'
import type { Principal } from '../../platform/principal.ts'
import type { Account } from './account.ts'
import type { Call } from './call.ts'
import { ok } from './envelope.ts'

/** What a client asks about itself: answered for the client's own token, and never asked of Cloudflare. */
const answers: Readonly<Record<string, (principal: Principal, account: Account, page: number) => Response>> = {
  'user/tokens/verify': (principal) => ok(tokenOf(principal)),
  'accounts/{}/tokens/verify': (principal) => ok(tokenOf(principal)),
  user: (principal) => ok(userOf(principal)),
  accounts: (_, account, page) => listed([accountOf(account)], page),
  'accounts/{}': (_, account) => ok(accountOf(account)),
  memberships: (principal, account, page) =>
    listed(
      [{ id: idFor(`member ${principal.name}`), status: 'accepted', account: accountOf(account), roles: ['Client'] }],
      page,
    ),
}

/** The answer to a question of a client about itself, or null for any other call. */
export function identityAnswer({ operation, query }: Call, principal: Principal, account: Account): Response | null {
  const answer = operation.method === 'GET' ? answers[operation.template.join('/')] : undefined
  return answer?.(principal, account, Number(new URLSearchParams(query).get('page') ?? 1)) ?? null
}

/** Clients ask for pages until one is empty. */
function listed(items: readonly object[], page: number): Response {
  const shown = page > 1 ? [] : items
  return ok(shown, { page, per_page: 50, count: shown.length, total_count: items.length, total_pages: 1 })
}

function tokenOf({ name, token, expiresAt }: Principal) {
  const id = idFor(token === null ? name : idOf('tok', token))
  return { id, status: 'active', ...(expiresAt !== null && { expires_on: iso(expiresAt) }) }
}

function userOf({ name }: Principal) {
  return {
    id: idFor(`user ${name}`),
    email: `${name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}@client.invalid`,
    first_name: name,
    last_name: null,
    suspended: false,
    two_factor_authentication_enabled: false,
  }
}

function accountOf({ id }: Account) {
  return {
    id,
    name: 'Throughline',
    type: 'standard',
    created_on: '2026-01-01T00:00:00Z',
    settings: { enforce_twofactor: false },
  }
}

/** Clients expect 32 hex digits. */
function idFor(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
