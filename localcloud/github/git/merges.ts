import { commitBody, commitsAt } from './commits.ts'
import type { Commit, Person } from './commits.ts'
import type { GitRepository } from './repository.ts'

/** The tree of two commits merged; null when they conflict or have nothing in common. Nothing is checked out. */
export async function mergeTrees(git: GitRepository, ours: string, theirs: string): Promise<string | null> {
  const { code, out, err } = await git.run(['merge-tree', '--write-tree', '--no-messages', ours, theirs])
  if (err.includes('unrelated histories')) return null
  if (code > 1) throw new Error(`git merge-tree ended with ${code}: ${err.trim()}`)
  return code === 0 ? out.toString().trim() : null
}

/** A commit with both as parents; null when they conflict. */
export async function mergeCommit(
  git: GitRepository,
  base: string,
  head: string,
  message: string,
  author: Person,
  committer: Person,
): Promise<string | null> {
  const tree = await mergeTrees(git, base, head)
  if (tree === null) return null
  return git.store('commit', commitBody({ tree, parents: [base, head], author, committer, message, signature: null }))
}

/** All that `head` adds as one commit on top of `base`. */
export async function squashCommit(
  git: GitRepository,
  base: string,
  head: string,
  message: string,
  author: Person,
  committer: Person,
): Promise<string | null> {
  const tree = await mergeTrees(git, base, head)
  if (tree === null) return null
  return git.store('commit', commitBody({ tree, parents: [base], author, committer, message, signature: null }))
}

/** The commits of `head`, one by one on top of `base`; merges among them are left out. */
export async function rebaseCommits(
  git: GitRepository,
  base: string,
  head: string,
  committer: Person,
): Promise<string | null> {
  const shas = await git.lines(['rev-list', '--reverse', '--topo-order', '--no-merges', `${base}..${head}`])
  let tip = base
  for (const commit of await commitsAt(git, shas)) {
    const next = await pick(git, tip, commit, committer)
    if (next === null) return null
    tip = next
  }
  return tip
}

/** Older releases cannot be told the merge base, so one is arranged: our tree, as a child of the commit's own parent. */
async function pick(git: GitRepository, tip: string, commit: Commit, committer: Person): Promise<string | null> {
  const [parent] = commit.parents
  const [onto] = await commitsAt(git, [tip])
  if (parent === undefined || !onto) return null
  const beside = { ...onto, parents: [parent], signature: null }
  const ours = parent === tip ? tip : await git.store('commit', commitBody(beside))
  const tree = await mergeTrees(git, ours, commit.sha)
  if (tree === null) return null
  const { author, message } = commit
  return git.store('commit', commitBody({ tree, parents: [tip], author, committer, message, signature: null }))
}
