import { commitsAt } from '../git/commits.ts'
import type { Commit } from '../git/commits.ts'
import { isForced } from '../git/guards.ts'
import type { Attempt, Objection } from '../git/guards.ts'
import type { World } from '../world.ts'
import { bypassOf } from './bypass.ts'
import { activeRulesets } from './queries.ts'
import { Pattern } from './schema.ts'
import type { Rule, Ruleset } from './schema.ts'

/** Stands before the refs that rulesets speak about. */
export function guardRefs(world: World): void {
  world.guards.add(async (attempt) => {
    const { repository, change, actor, through } = attempt
    const broken: { readonly reasons: readonly string[]; readonly bypassed: boolean }[] = []
    for (const ruleset of activeRulesets(world.store, repository, change.ref)) {
      const reasons = await reasonsOf(world, attempt, ruleset)
      const bypass = bypassOf(world.store, repository, actor, ruleset)
      const bypassed = bypass === 'always' || (bypass === 'pull_requests_only' && through === 'merge')
      if (reasons.length > 0) broken.push({ reasons, bypassed })
    }
    const real = broken.filter(({ bypassed }) => !bypassed)
    return broken.length > 0 ? objection(world, attempt, real.length > 0 ? real : broken, real.length === 0) : null
  })
}

function objection(
  { site }: World,
  { change, repository }: Attempt,
  broken: readonly { readonly reasons: readonly string[] }[],
  bypassed: boolean,
): Objection {
  return {
    title: `GH013: Repository rule violations found for ${change.ref}.`,
    review: `Review all repository rules at ${site.html}/${repository.full_name}/rules?ref=${encodeURIComponent(change.ref)}`,
    reasons: [...new Set(broken.flatMap(({ reasons }) => reasons))],
    declined: 'push declined due to repository rule violations',
    bypassed,
  }
}

/** A move, and what it brings. */
type About = { readonly world: World; readonly attempt: Attempt; readonly commits: readonly Commit[] }

async function reasonsOf(world: World, attempt: Attempt, { rules }: Ruleset): Promise<string[]> {
  const commits = rules.some(({ type }) => judgesCommits.has(type)) ? await newCommits(attempt) : []
  const about = { world, attempt, commits }
  const reasons: string[] = []
  for (const rule of rules) reasons.push(...((await judges[rule.type]?.(about)) ?? judgeMore(about, rule)))
  return reasons
}

const judgesCommits = new Set<Rule['type']>([
  'required_linear_history',
  'required_signatures',
  'commit_message_pattern',
  'commit_author_email_pattern',
  'committer_email_pattern',
])

async function newCommits({ change, git, env }: Attempt): Promise<Commit[]> {
  if (change.after === null) return []
  const known = change.before === null ? ['--not', '--branches', '--tags'] : [`^${change.before}`]
  return commitsAt(git, await git.lines(['rev-list', '--max-count=1000', change.after, ...known], { env }), { env })
}

type Judge = (about: About) => string[] | Promise<string[]>

/** The rules that are on or off. A merge has been judged as a pull request already. */
const judges: Partial<Record<Rule['type'], Judge>> = {
  creation: ({ attempt }) =>
    attempt.change.before === null ? ['Cannot create ref due to creations being restricted.'] : [],
  deletion: ({ attempt }) => (attempt.change.after === null ? ['Cannot delete this branch'] : []),
  update: ({ attempt }) => (isPlainMove(attempt) ? ['Cannot update this protected ref.'] : []),
  pull_request: ({ attempt }) => (isPlainMove(attempt) ? ['Changes must be made through a pull request.'] : []),
  non_fast_forward: async ({ attempt }) => ((await isForced(attempt)) ? ['Cannot force-push to this branch'] : []),
  required_linear_history: ({ commits }) =>
    commits.some(({ parents }) => parents.length > 1) ? ['This branch must not contain merge commits.'] : [],
  required_signatures: ({ commits }) =>
    commits.some(({ signature }) => signature === null) ? ['Commits must have verified signatures.'] : [],
}

function isPlainMove({ change, through }: Attempt): boolean {
  return change.before !== null && change.after !== null && through !== 'merge'
}

/** The rules that say more than yes or no. */
function judgeMore({ world, attempt, commits }: About, rule: Rule): string[] {
  if (rule.type === 'required_status_checks')
    return isPlainMove(attempt) ? missingContexts(world, attempt, contextsIn(rule)) : []
  if (attempt.change.after === null || !('parameters' in rule)) return []
  const pattern = Pattern.safeParse(rule.parameters).data
  const texts = textsFor[rule.type]
  return pattern && texts ? breaks(texts.of(attempt.change.ref, commits), texts.name, pattern) : []
}

function contextsIn({ parameters }: Extract<Rule, { type: 'required_status_checks' }>): string[] {
  return parameters.required_status_checks.map(({ context }) => context)
}

function missingContexts(world: World, { repository, change }: Attempt, contexts: readonly string[]): string[] {
  const known = world.contexts.of(repository.id, change.after ?? '')
  const missing = contexts.filter((context) => known.get(context) !== 'success')
  if (missing.length > 1) return [`${missing.length} of ${contexts.length} required status checks are expected.`]
  return missing.map((context) => `Required status check "${context}" is expected.`)
}

type Texts = { readonly name: string; readonly of: (ref: string, commits: readonly Commit[]) => readonly string[] }

/** What each rule with a pattern looks at. */
const textsFor: Partial<Record<Rule['type'], Texts>> = {
  commit_message_pattern: { name: 'Commit message', of: (_, commits) => commits.map(({ message }) => message) },
  commit_author_email_pattern: {
    name: 'Commit author email',
    of: (_, commits) => commits.map(({ author }) => author.email),
  },
  committer_email_pattern: {
    name: 'Committer email',
    of: (_, commits) => commits.map(({ committer }) => committer.email),
  },
  branch_name_pattern: { name: 'Branch name', of: (ref) => [ref.replace('refs/heads/', '')] },
  tag_name_pattern: { name: 'Tag name', of: (ref) => [ref.replace('refs/tags/', '')] },
}

function breaks(texts: readonly string[], what: string, pattern: Pattern): string[] {
  if (texts.every((text) => fits(text, pattern) !== pattern.negate)) return []
  const must = pattern.negate ? 'must not' : 'must'
  return [`${what} ${must} ${verbs[pattern.operator]}: ${pattern.pattern}`]
}

const verbs = {
  starts_with: 'start with a matching pattern',
  ends_with: 'end with a matching pattern',
  contains: 'contain a matching pattern',
  regex: 'match a given regex pattern',
}

function fits(text: string, { operator, pattern }: Pattern): boolean {
  if (operator === 'starts_with') return text.startsWith(pattern)
  if (operator === 'ends_with') return text.endsWith(pattern)
  return operator === 'contains' ? text.includes(pattern) : new RegExp(pattern).test(text)
}
