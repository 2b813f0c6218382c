import { z } from 'zod'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import type { Repository } from './schema.ts'

/** What the tokens of bots open: one repository, or all of an account's. Bots have no rights of their own. */
export const grantTables = `
create table if not exists token_grants (
  token_id integer not null references tokens on delete cascade,
  repository_id integer references repositories on delete cascade,
  owner_id integer references accounts on delete cascade
) strict;
create index if not exists token_grants_by_token on token_grants (token_id);
`

const Row = z.object({ token_id: z.number() })

/** Lets a bot's token write to a repository, or to all of an owner's. */
export function grant(
  store: Store,
  token: number,
  to: { readonly repository: number } | { readonly owner: number },
): void {
  const [repository_id, owner_id] = 'repository' in to ? [to.repository, null] : [null, to.owner]
  store.insert('token_grants', { token_id: token, repository_id, owner_id })
}

export function isGranted(store: Store, token: number, { id, owner_id }: Repository): boolean {
  const key = sql`token_id = ${token} and (repository_id = ${id} or owner_id = ${owner_id})`
  return store.first(sql`select token_id from token_grants where ${key} limit 1`, Row) !== null
}
