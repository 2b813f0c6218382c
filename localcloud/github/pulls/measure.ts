import { mergeTrees } from '../git/merges.ts'
import type { GitRepository, GitStore } from '../git/repository.ts'
import type { Pull } from './schema.ts'

/** What git says about a pull request. */
export type Measure = Pick<
  Pull,
  'base_sha' | 'head_sha' | 'mergeable' | 'is_behind' | 'commits' | 'additions' | 'deletions' | 'changed_files'
>

/** Compares the two sides of a pull request, which both lie in its repository. */
export async function measure(git: GitRepository, base: string, head: string): Promise<Measure> {
  const [counts, common, merged] = await Promise.all([
    git.text(['rev-list', '--left-right', '--count', `${head}...${base}`]),
    git.run(['merge-base', base, head]),
    mergeTrees(git, base, head),
  ])
  const [ahead = 0, behind = 0] = counts.split('\t').map(Number)
  const from = common.code === 0 ? common.out.toString().trim() : base
  const stat = await git.text(['diff', '--shortstat', '-M', from, head])
  const numberBefore = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(stat)?.[1] ?? 0)
  return {
    base_sha: base,
    head_sha: head,
    mergeable: merged !== null,
    is_behind: behind > 0,
    commits: ahead,
    additions: numberBefore('insertion'),
    deletions: numberBefore('deletion'),
    changed_files: numberBefore('file'),
  }
}

/** Brings the commits of a fork's branch into the repository that is asked to take them. */
export async function fetchHead(store: GitStore, base: number, fork: number, branch: string): Promise<void> {
  if (base === fork) return
  const source = `file://${store.at(fork).folder}`
  await store.at(base).bytes(['fetch', '--quiet', '--no-write-fetch-head', '--no-tags', source, `refs/heads/${branch}`])
}

/** The refs under which everybody can fetch a pull request. They are derived, so nothing hears of them. */
export async function pointPullRefs(git: GitRepository, number: number, head: string): Promise<void> {
  await git.bytes(['update-ref', `refs/pull/${number}/head`, head])
}
