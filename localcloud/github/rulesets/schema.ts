import { z } from 'zod'
import { json } from '../platform/store.ts'

export const tables = `
create table if not exists rulesets (
  id integer primary key autoincrement,
  repository_id integer references repositories on delete cascade,
  organization_id integer references accounts on delete cascade,
  name text not null,
  target text not null,
  enforcement text not null,
  bypass_actors text not null,
  conditions text not null,
  rules text not null,
  created_at integer not null,
  updated_at integer not null,
  check ((repository_id is null) <> (organization_id is null))
) strict;
create index if not exists rulesets_by_repository on rulesets (repository_id);
create index if not exists rulesets_by_organization on rulesets (organization_id);
`

export const BypassActor = z.object({
  actor_id: z.number().nullish(),
  actor_type: z.enum(['Integration', 'OrganizationAdmin', 'RepositoryRole', 'Team', 'DeployKey', 'User']),
  bypass_mode: z.enum(['always', 'pull_request', 'exempt']).default('always'),
})
export type BypassActor = z.infer<typeof BypassActor>

const Names = z.object({ include: z.array(z.string()).default([]), exclude: z.array(z.string()).default([]) })
export const Conditions = z.looseObject({
  ref_name: Names.optional(),
  repository_name: Names.optional(),
})
export type Conditions = z.infer<typeof Conditions>

export const Pattern = z.object({
  name: z.string().optional(),
  negate: z.boolean().default(false),
  operator: z.enum(['starts_with', 'ends_with', 'contains', 'regex']),
  pattern: z.string().refine(isExpression, 'is not a valid regular expression'),
})
export type Pattern = z.infer<typeof Pattern>

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

const plain = <Type extends string>(type: Type) => z.object({ type: z.literal(type) })
const patterned = <Type extends string>(type: Type) => z.object({ type: z.literal(type), parameters: Pattern })
const loose = <Type extends string>(type: Type) =>
  z.object({ type: z.literal(type), parameters: z.looseObject({}).optional() })

const Checks = z.looseObject({
  required_status_checks: z.array(z.looseObject({ context: z.string() })),
  strict_required_status_checks_policy: z.boolean(),
})
const Reviews = z.looseObject({
  required_approving_review_count: z.number().int().min(0).max(10),
  dismiss_stale_reviews_on_push: z.boolean(),
  require_code_owner_review: z.boolean(),
  require_last_push_approval: z.boolean(),
  required_review_thread_resolution: z.boolean(),
})

export const Rule = z.discriminatedUnion('type', [
  plain('creation'),
  z.object({ type: z.literal('update'), parameters: z.looseObject({}).optional() }),
  plain('deletion'),
  plain('required_linear_history'),
  plain('required_signatures'),
  plain('non_fast_forward'),
  z.object({ type: z.literal('pull_request'), parameters: Reviews.optional() }),
  z.object({ type: z.literal('required_status_checks'), parameters: Checks }),
  patterned('commit_message_pattern'),
  patterned('commit_author_email_pattern'),
  patterned('committer_email_pattern'),
  patterned('branch_name_pattern'),
  patterned('tag_name_pattern'),
  // Kept and shown, but nothing here looks at them.
  loose('required_deployments'),
  loose('merge_queue'),
  loose('workflows'),
  loose('code_scanning'),
  loose('copilot_code_review'),
  loose('file_path_restriction'),
  loose('max_file_path_length'),
  loose('file_extension_restriction'),
  loose('max_file_size'),
])
export type Rule = z.infer<typeof Rule>

export const Ruleset = z.object({
  id: z.number(),
  repository_id: z.number().nullable(),
  organization_id: z.number().nullable(),
  name: z.string(),
  target: z.enum(['branch', 'tag', 'push', 'repository']),
  enforcement: z.enum(['disabled', 'active', 'evaluate']),
  bypass_actors: json(z.array(BypassActor)),
  conditions: json(Conditions.nullable()),
  rules: json(z.array(Rule)),
  created_at: z.number(),
  updated_at: z.number(),
})
export type Ruleset = z.infer<typeof Ruleset>
