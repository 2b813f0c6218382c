import type { Account } from '../accounts/schema.ts'
import { changedFiles } from '../commits/diff.ts'
import type { GitRepository } from '../git/repository.ts'
import { found, validationFailed } from '../platform/problem.ts'
import type { World } from '../world.ts'
import { reviewCommentById } from './queries.ts'
import type { Pull, ReviewComment } from './schema.ts'

/** Where in a pull request somebody wants to say something. */
export type Wish = {
  readonly body: string
  readonly path: string
  readonly commit_id: string
  readonly line?: number | undefined
  readonly position?: number | undefined
  readonly side?: string | undefined
  readonly start_line?: number | undefined
  readonly start_side?: string | undefined
  readonly subject_type?: string | undefined
}

export type Anchor = Pick<
  ReviewComment,
  'body' | 'path' | 'commit_id' | 'diff_hunk' | 'line' | 'side' | 'start_line' | 'start_side' | 'subject_type'
>

/** Finds the place in the diff; only what a pull request changes can be talked about. */
export async function anchorIn(git: GitRepository, pull: Pull, wish: Wish): Promise<Anchor> {
  const { body, path, commit_id, side = 'RIGHT', subject_type = 'line', start_line = null } = wish
  const line = lineOf(wish)
  const patch = await patchOf(git, pull, path)
  const diff_hunk = line === null ? '' : hunkAt(patch, line, side)
  if (diff_hunk === null) throw invalid('line')
  const start_side = start_line === null ? null : (wish.start_side ?? side)
  return { body, path, commit_id, diff_hunk, line, side, start_line, start_side, subject_type }
}

function lineOf({ line, position, subject_type }: Wish): number | null {
  return subject_type === 'file' ? null : (line ?? position ?? null)
}

async function patchOf(git: GitRepository, pull: Pull, path: string): Promise<string> {
  const base = await git.text(['merge-base', pull.base_sha, pull.head_sha])
  const file = (await changedFiles(git, base, pull.head_sha)).find((each) => each.path === path)
  if (!file) throw invalid('path')
  return file.patch ?? ''
}

/** Stores a comment; one that belongs to no review makes a review of its own. */
export function addReviewComment(
  { store, now }: World,
  pull: Pull,
  author: Account,
  anchor: Anchor,
  review: number | null,
  replyTo: number | null = null,
): ReviewComment {
  const at = now()
  const own = { author_id: author.id, body: '', state: 'COMMENTED', submitted_at: at, updated_at: at }
  const review_id = review ?? store.insert('reviews', { pull_id: pull.id, commit_id: anchor.commit_id, ...own })
  const more = { review_id, reply_to: replyTo, author_id: author.id, created_at: at, updated_at: at }
  return found(reviewCommentById(store, store.insert('review_comments', { pull_id: pull.id, ...anchor, ...more })))
}

/** The part of the diff up to a line, as GitHub quotes it; null when the line is not in the diff. */
export function hunkAt(patch: string, line: number, side: string): string | null {
  const foreign = side === 'LEFT' ? '+' : '-'
  for (const hunk of patch.split(/^(?=@@ )/m)) {
    const [head = '', ...lines] = hunk.split('\n')
    let at = firstLineOf(head, side) - 1
    const index = lines.findIndex(
      (text) => (text.startsWith(foreign) ? at : (at += 1)) === line && !text.startsWith(foreign),
    )
    if (index >= 0) return [head, ...lines.slice(0, index + 1)].join('\n')
  }
  return null
}

function firstLineOf(head: string, side: string): number {
  const [, before, after] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(head) ?? []
  return Number(side === 'LEFT' ? before : after)
}

function invalid(field: string) {
  return validationFailed({ resource: 'PullRequestReviewComment', code: 'invalid', field })
}
