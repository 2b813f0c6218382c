import { commitsAt, filesTouched } from './commits.ts'
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

/** A move of which git is asked. */
type Move = Pick<Push, 'repository' | 'change' | 'others'>

/** What git can tell about a move: which commits it brought, and whether it threw some away. */
export async function factsOf(git: GitRepository, { repository, change, others }: Move): Promise<PushFacts> {
  const { ref, before, after } = change
  if (after === null) return { forced: false, head: null, commits: [], base: null }
  const { shas, forced } = await gained(git, before, after, others)
  const listed = ref.startsWith('refs/heads/') ? shas.slice(-mostCommits) : []
  const isAllNew = before === null || others.length === 0
  const distinct = new Set(isAllNew ? shas : await newTo(git, after, others))
  const [tip, ...commits] = await commitsAt(git, [`${after}^{commit}`, ...listed])
  const files = await filesTouched(git, tip ? [...new Set([...listed, tip.sha])] : [])
  const describe = (commit: Commit): PushedCommit => ({
    commit,
    distinct: distinct.has(commit.sha),
    files: files.get(commit.sha)?.slice(0, mostFiles) ?? [],
  })
  return {
    forced,
    head: tip ? describe(tip) : null,
    commits: commits.map(describe),
    base: before === null ? baseOf(others, tip?.sha, `refs/heads/${repository.default_branch}`) : null,
  }
}

/** The commits that a ref gained, oldest first, and whether it lost any; a new one gains what no branch has. */
async function gained(git: GitRepository, before: string | null, after: string, others: readonly Ref[]) {
  if (before === null) return { shas: await newTo(git, after, others), forced: false }
  const sides = await git.lines(['rev-list', '--left-right', '--reverse', '--topo-order', `${before}...${after}`])
  const shas = sides.filter((line) => line.startsWith('>')).map((line) => line.slice(1))
  return { shas, forced: sides.length > shas.length }
}

async function newTo(git: GitRepository, after: string, others: readonly Ref[]): Promise<string[]> {
  const input = [after, ...others.map(({ sha }) => `^${sha}`)].join('\n')
  return git.lines(['rev-list', '--reverse', '--topo-order', '--stdin'], { input: `${input}\n` })
}

function baseOf(others: readonly Ref[], sha: string | undefined, preferred: string): string | null {
  const same = others.filter((other) => other.sha === sha).map(({ name }) => name)
  return same.includes(preferred) ? preferred : (same[0] ?? null)
}
