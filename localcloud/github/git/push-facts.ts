import { commitNamed, commitsAt, filesTouched } from './commits.ts'
import type { Commit, Touched } from './commits.ts'
import type { Push, Ref } from './refs.ts'
import type { GitRepository } from './repository.ts'

/** A commit of a push, and whether no other branch has it yet. */
export type PushedCommit = { readonly commit: Commit; readonly distinct: boolean; readonly files: readonly Touched[] }

export type PushFacts = {
  readonly forced: boolean
  readonly head: PushedCommit | null
  readonly commits: readonly PushedCommit[]
  /** The branch that a new ref starts from, when it adds nothing to it. */
  readonly base: string | null
}

const mostCommits = 2_048
const mostFiles = 3_000

/** What git can tell about a move: which commits it brought, and whether it threw some away. */
export async function factsOf(git: GitRepository, { repository, change, others }: Push): Promise<PushFacts> {
  const { ref, before, after } = change
  if (after === null) return { forced: false, head: null, commits: [], base: null }
  const forced = before !== null && !(await git.isAncestor(before, after))
  const shas = ref.startsWith('refs/heads/') ? await newCommits(git, before, after, others) : []
  const distinct = new Set(before === null ? shas : await newCommits(git, null, after, others))
  const tip = await commitNamed(git, after)
  const files = await filesTouched(git, tip ? [...shas, tip.sha] : shas)
  const describe = (commit: Commit): PushedCommit => ({
    commit,
    distinct: distinct.has(commit.sha),
    files: files.get(commit.sha)?.slice(0, mostFiles) ?? [],
  })
  const commits = await commitsAt(git, shas)
  return {
    forced,
    head: tip && describe(tip),
    commits: commits.map(describe),
    base: before === null ? baseOf(others, tip?.sha, `refs/heads/${repository.default_branch}`) : null,
  }
}

/** The commits that a branch gained, oldest first; for a new branch those that no other branch has. */
async function newCommits(
  git: GitRepository,
  before: string | null,
  after: string,
  others: readonly Ref[],
): Promise<string[]> {
  const known = before === null ? others.map(({ sha }) => sha) : [before]
  const input = [after, ...known.map((sha) => `^${sha}`)].join('\n')
  return git.lines(['rev-list', '--reverse', '--topo-order', `--max-count=${mostCommits}`, '--stdin'], {
    input: `${input}\n`,
  })
}

function baseOf(others: readonly Ref[], sha: string | undefined, preferred: string): string | null {
  const same = others.filter((other) => other.sha === sha).map(({ name }) => name)
  return same.includes(preferred) ? preferred : (same[0] ?? null)
}
