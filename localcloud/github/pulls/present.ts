import { userJson, userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { sharedJson } from '../issues/present.ts'
import { countComments } from '../issues/queries.ts'
import type { Issue } from '../issues/schema.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTimeOrNull } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { repositoryJson, repositoryUrl } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { requestedReviewersOf } from './queries.ts'
import type { Pull } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

/** A pull request as lists show it. */
export function pullSummaryJson(shown: Shown, repository: Repository, issue: Issue, pull: Pull): Json {
  const { store, site } = shown
  const { api, html, issueApi } = addressesOf(shown, repository, issue)
  return {
    url: api,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueApi,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: `${repositoryUrl(site, repository)}/pulls/comments{/number}`,
    comments_url: `${issueApi}/comments`,
    statuses_url: `${repositoryUrl(site, repository)}/statuses/${pull.head_sha}`,
    ...sharedJson(shown, repository, issue),
    merged_at: isoTimeOrNull(pull.merged_at),
    merge_commit_sha: pull.merge_sha,
    requested_reviewers: requestedReviewersOf(store, pull.id).map((user) => userJson(site, user)),
    requested_teams: [],
    draft: pull.draft,
    head: headJson(shown, pull),
    base: sideJson(shown, repository, pull.base_ref, pull.base_sha),
    _links: linksJson(shown, repository, issue, pull),
    auto_merge: null,
  }
}

/** A pull request with everything that git knows about it. */
export function pullJson(shown: Shown, repository: Repository, issue: Issue, pull: Pull, state = stateOf(pull)): Json {
  const { store, site } = shown
  return {
    ...pullSummaryJson(shown, repository, issue, pull),
    merged: pull.merged_at !== null,
    mergeable: pull.merged_at === null ? pull.mergeable : null,
    rebaseable: pull.merged_at === null ? pull.mergeable : null,
    mergeable_state: state,
    merged_by: pull.merged_by === null ? null : userJsonOrNull(site, accountById(store, pull.merged_by)),
    comments: countComments(store, issue.id),
    review_comments: store.count(sql`select count(*) as count from review_comments where pull_id = ${pull.id}`),
    maintainer_can_modify: pull.maintainer_can_modify,
    commits: pull.commits,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changed_files,
  }
}

/** Whether it can be merged, before the rules of its branch are asked. */
export function stateOf(pull: Pull): string {
  if (pull.merged_at !== null || pull.mergeable === null) return 'unknown'
  if (!pull.mergeable) return 'dirty'
  return pull.draft ? 'draft' : 'clean'
}

function headJson(shown: Shown, pull: Pull): Json {
  const { store, site } = shown
  const repository = pull.head_repository_id === null ? null : repositoryById(store, pull.head_repository_id)
  if (repository) return sideJson(shown, repository, pull.head_ref, pull.head_sha)
  const owner = accountById(store, pull.head_owner_id)
  const label = `${owner?.login ?? 'unknown'}:${pull.head_ref}`
  return { label, ref: pull.head_ref, sha: pull.head_sha, user: userJsonOrNull(site, owner), repo: null }
}

function sideJson({ store, site }: Shown, repository: Repository, ref: string, sha: string): Json {
  const { settings, owner } = repository
  const merging = {
    allow_squash_merge: settings.allow_squash_merge,
    allow_merge_commit: settings.allow_merge_commit,
    allow_rebase_merge: settings.allow_rebase_merge,
    allow_auto_merge: settings.allow_auto_merge,
    allow_update_branch: settings.allow_update_branch,
    delete_branch_on_merge: settings.delete_branch_on_merge,
  }
  const repo = { ...repositoryJson(store, site, repository), ...merging, custom_properties: {} }
  return { label: `${owner.login}:${ref}`, ref, sha, user: userJson(site, owner), repo }
}

function linksJson(shown: Shown, repository: Repository, issue: Issue, pull: Pull): Json {
  const { api, html, issueApi } = addressesOf(shown, repository, issue)
  const root = repositoryUrl(shown.site, repository)
  return {
    self: { href: api },
    html: { href: html },
    issue: { href: issueApi },
    comments: { href: `${issueApi}/comments` },
    review_comments: { href: `${api}/comments` },
    review_comment: { href: `${root}/pulls/comments{/number}` },
    commits: { href: `${api}/commits` },
    statuses: { href: `${root}/statuses/${pull.head_sha}` },
  }
}

function addressesOf({ site }: Shown, repository: Repository, { number }: Issue) {
  const root = repositoryUrl(site, repository)
  return {
    api: `${root}/pulls/${number}`,
    html: `${site.html}/${repository.full_name}/pull/${number}`,
    issueApi: `${root}/issues/${number}`,
  }
}
