import { z } from 'zod'

export const tables = `
create table if not exists statuses (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  sha text not null,
  state text not null check (state in ('error', 'failure', 'pending', 'success')),
  context text not null,
  description text,
  target_url text,
  creator_id integer not null references accounts,
  created_at integer not null
) strict;
create index if not exists statuses_by_commit on statuses (repository_id, sha, id);
`

export const Status = z.object({
  id: z.number(),
  repository_id: z.number(),
  sha: z.string(),
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string(),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
  creator_id: z.number(),
  created_at: z.number(),
})
export type Status = z.infer<typeof Status>

/** One word for many: any failure fails, anything pending or nothing at all waits, else all is well. */
export function combined(states: readonly Status['state'][]): 'failure' | 'pending' | 'success' {
  if (states.some((state) => state === 'failure' || state === 'error')) return 'failure'
  return states.length === 0 || states.includes('pending') ? 'pending' : 'success'
}
