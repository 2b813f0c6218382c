import { z } from '@hono/zod-openapi'
import { isScope } from '../../platform/principal.ts'
import type { Claims } from './identity.ts'

/** Events whose code is the repository's own: a `pull_request_target` or a comment would let strangers start a run. */
const Event = z.enum(['push', 'pull_request', 'schedule', 'workflow_dispatch'])

/** A program that lives for an hour neither gives tokens out nor breaks locks. */
const Lendable = z.string().refine((scope) => isScope(scope) && scope !== 'admin' && !scope.startsWith('force:'))

const Rule = z
  .strictObject({
    repository: z.string().regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/),
    /** GitHub's number of it: another repository that gets the name has another. */
    repository_id: z
      .string()
      .regex(/^[1-9]\d*$/)
      .optional(),
    events: z.array(Event).min(1),
    ref: z.string().startsWith('refs/').optional(),
    environment: z.string().min(1).optional(),
    scopes: z.array(Lendable).min(1).max(50),
    minutes: z.int().min(1).max(60),
  })
  .refine(
    ({ events, ref, environment }) =>
      ref !== undefined || environment !== undefined || events.every((event) => event === 'pull_request'),
    { error: 'Whoever may push a branch could use it: name a ref or an environment.' },
  )
export type Rule = z.infer<typeof Rule>

/** Which runs of GitHub Actions get a token, and for whom their identity must have been made out. */
export const Trust = z.strictObject({ audience: z.url(), rules: z.array(Rule) })
export type Trust = z.infer<typeof Trust>

/** The first rule that fits; all that it names must be as it says. */
export function ruleFor(claims: Claims, rules: readonly Rule[]): Rule | null {
  return rules.find((rule) => fits(claims, rule)) ?? null
}

function fits(claims: Claims, { repository, repository_id: id, events, ref, environment }: Rule): boolean {
  return (
    claims.repository.toLowerCase() === repository.toLowerCase() &&
    (id === undefined || claims.repository_id === id) &&
    events.some((event) => event === claims.event_name) &&
    (ref === undefined || claims.ref === ref) &&
    (environment === undefined || claims.environment === environment)
  )
}
