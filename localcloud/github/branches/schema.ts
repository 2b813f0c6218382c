import { z } from 'zod'
import { completed, json } from '../platform/store.ts'

export const tables = `
create table if not exists branch_protections (
  id integer primary key autoincrement,
  repository_id integer not null references repositories on delete cascade,
  pattern text not null,
  rules text not null,
  creator_id integer not null references accounts,
  unique (repository_id, pattern)
) strict;
`

export const RequiredChecks = z.object({
  strict: z.boolean().default(false),
  contexts: z.array(z.string()).default([]),
})

export const ReviewRules = z.object({
  dismiss_stale_reviews: z.boolean(),
  require_code_owner_reviews: z.boolean(),
  required_approving_review_count: z.number().int().min(0).max(6),
  require_last_push_approval: z.boolean(),
})
export const RequiredReviews = completed(ReviewRules, {
  dismiss_stale_reviews: false,
  require_code_owner_reviews: false,
  required_approving_review_count: 1,
  require_last_push_approval: false,
})

const names = z.array(z.string())
export const RestrictionRules = z.object({ users: names, teams: names, apps: names })
export const Restrictions = completed(RestrictionRules, { users: [], teams: [], apps: [] })

/** What a protected branch asks of those who change it. */
export const Rules = z.object({
  required_status_checks: RequiredChecks.nullable().default(null),
  enforce_admins: z.boolean().default(false),
  required_pull_request_reviews: RequiredReviews.nullable().default(null),
  restrictions: Restrictions.nullable().default(null),
  required_linear_history: z.boolean().default(false),
  allow_force_pushes: z.boolean().default(false),
  allow_deletions: z.boolean().default(false),
  block_creations: z.boolean().default(false),
  required_conversation_resolution: z.boolean().default(false),
  required_signatures: z.boolean().default(false),
  lock_branch: z.boolean().default(false),
  allow_fork_syncing: z.boolean().default(false),
})
export type Rules = z.infer<typeof Rules>

export const Protection = z.object({
  id: z.number(),
  repository_id: z.number(),
  /** A branch name, or a pattern with `*`, `?` and `[…]`. */
  pattern: z.string(),
  rules: json(Rules),
  creator_id: z.number(),
})
export type Protection = z.infer<typeof Protection>
