import { commitsAt } from '../git/commits.ts'
import { isForced } from '../git/guards.ts'
import type { Attempt, Objection } from '../git/guards.ts'
import { isInTeam } from '../organizations/queries.ts'
import { roleOf } from '../repositories/access.ts'
import type { World } from '../world.ts'
import { protectionFor } from './queries.ts'
import type { Rules } from './schema.ts'

/** Stands before protected branches. */
export function guardBranches(world: World): void {
  world.guards.add(async (attempt) => {
    const { repository, change } = attempt
    if (!change.ref.startsWith('refs/heads/')) return null
    const protection = protectionFor(world.store, repository.id, change.ref.slice(11))
    if (!protection) return null
    const { rules } = protection
    const absolute = await absoluteReasons(attempt, rules)
    const reasons = absolute.length > 0 ? absolute : await bypassableReasons(world, attempt, rules)
    return reasons.length > 0
      ? objection(world, attempt, reasons, absolute.length === 0 && !rules.enforce_admins)
      : null
  })
}

function objection(world: World, attempt: Attempt, reasons: readonly string[], isBypassable: boolean): Objection {
  const isAdmin = roleOf(world.store, attempt.repository, attempt.actor) === 'admin'
  return {
    title: `GH006: Protected branch update failed for ${attempt.change.ref}.`,
    reasons,
    declined: 'protected branch hook declined',
    bypassed: isBypassable && isAdmin,
  }
}

/** What nobody may do unless the branch allows it, administrators neither. */
async function absoluteReasons(attempt: Attempt, rules: Rules): Promise<string[]> {
  if (rules.lock_branch) return ['Cannot change this locked branch']
  if (attempt.change.after === null) return rules.allow_deletions ? [] : ['Cannot delete this branch']
  return !rules.allow_force_pushes && (await isForced(attempt)) ? ['Cannot force-push to this branch'] : []
}

async function bypassableReasons(world: World, attempt: Attempt, rules: Rules): Promise<string[]> {
  if (attempt.through === 'merge' || attempt.change.after === null) return []
  const isOutside = rules.restrictions !== null && !isAmong(world, attempt, rules.restrictions)
  const isCreation = attempt.change.before === null
  if (isCreation && !rules.block_creations) return []
  return [
    ...(isOutside ? ["You're not authorized to push to this branch."] : []),
    ...(rules.required_pull_request_reviews ? ['Changes must be made through a pull request.'] : []),
    ...missingChecks(world, attempt.repository.id, attempt.change.after, rules),
    ...(await commitReasons(attempt, rules)),
  ]
}

/** Whether somebody is one of those who may push, or in a team that may. */
function isAmong(world: World, { repository, actor }: Attempt, { users, teams }: NonNullable<Rules['restrictions']>) {
  const login = actor.login.toLowerCase()
  const isNamed = users.some((each) => each.toLowerCase() === login)
  return isNamed || isInTeam(world.store, repository.owner_id, teams, actor.id)
}

/** Which required checks a commit has not passed. */
export function missingChecks(world: World, repository: number, sha: string, rules: Rules): string[] {
  const required = rules.required_status_checks?.contexts ?? []
  const known = world.contexts.of(repository, sha)
  const missing = required.filter((context) => known.get(context) !== 'success')
  if (missing.length > 1) return [`${missing.length} of ${required.length} required status checks are expected.`]
  return missing.map((context) => `Required status check "${context}" is ${words[known.get(context) ?? 'none']}.`)
}

const words = { failure: 'failing', pending: 'in progress', none: 'expected', success: 'fine' }

async function commitReasons({ change, git, env }: Attempt, rules: Rules): Promise<string[]> {
  if (!rules.required_linear_history && !rules.required_signatures) return []
  const range = change.before === null ? [change.after ?? ''] : [change.after ?? '', `^${change.before}`]
  const shas = await git.lines(['rev-list', '--max-count=1000', ...range], { env })
  const parsed = await commitsAt(git, shas, { env })
  return [
    ...(rules.required_linear_history && parsed.some(({ parents }) => parents.length > 1)
      ? ['This branch must not contain merge commits.']
      : []),
    ...(rules.required_signatures && parsed.some(({ signature }) => signature === null)
      ? ['Commits must have verified signatures.']
      : []),
  ]
}
