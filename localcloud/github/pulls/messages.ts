import type { Commit } from '../git/commits.ts'
import type { Issue } from '../issues/schema.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Pull } from './schema.ts'

export type Wording = { readonly commit_title?: string | undefined; readonly commit_message?: string | undefined }

/** The message of a merge commit, as the repository is set and the caller words it. */
export function mergeMessage(
  repository: Repository,
  issue: Issue,
  pull: Pull,
  owner: string,
  wording: Wording,
): string {
  const { merge_commit_title, merge_commit_message } = repository.settings
  const usual =
    merge_commit_title === 'PR_TITLE'
      ? `${issue.title} (#${issue.number})`
      : `Merge pull request #${issue.number} from ${owner}/${pull.head_ref}`
  const texts = { PR_TITLE: issue.title, PR_BODY: issue.body ?? '', BLANK: '' }
  return joined(wording.commit_title ?? usual, wording.commit_message ?? texts[merge_commit_message])
}

/** The message of all commits made one. */
export function squashMessage(
  repository: Repository,
  issue: Issue,
  commits: readonly Commit[],
  wording: Wording,
): string {
  const { squash_merge_commit_title, squash_merge_commit_message } = repository.settings
  const [only] = commits.length === 1 ? commits : []
  const own = only && squash_merge_commit_title === 'COMMIT_OR_PR_TITLE' ? only.message.split('\n')[0] : undefined
  const texts = { COMMIT_MESSAGES: messagesOf(commits), PR_BODY: issue.body ?? '', BLANK: '' }
  const usual = `${own ?? issue.title} (#${issue.number})`
  return joined(wording.commit_title ?? usual, wording.commit_message ?? texts[squash_merge_commit_message])
}

function messagesOf(commits: readonly Commit[]): string {
  const [first] = commits
  if (commits.length === 1 && first) return first.message.split('\n').slice(1).join('\n').trim()
  return commits.map(({ message }) => `* ${message}`).join('\n\n')
}

function joined(title: string, message: string): string {
  return message.trim() === '' ? title : `${title}\n\n${message}`
}
