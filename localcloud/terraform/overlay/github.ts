import type { Facts } from './facts.ts'

/**
 * What replaces (`ForceNew`), what is filled in (`Default`), what is allowed (`StringInSlice`) and what is sensitive. Source:
 * github/resource_github_<type>.go of integrations/terraform-provider-github, in versions around 6.9; issue, branch_default and
 * actions_variable are unread, by analogy. `destroy_on_drift` is as its description in the package says.
 */
export const githubFacts: { readonly [type: string]: Facts } = {
  github_repository: {
    defaults: {
      allow_merge_commit: true,
      allow_squash_merge: true,
      allow_rebase_merge: true,
      allow_auto_merge: false,
      squash_merge_commit_title: 'COMMIT_OR_PR_TITLE',
      squash_merge_commit_message: 'COMMIT_MESSAGES',
      merge_commit_title: 'MERGE_MESSAGE',
      merge_commit_message: 'PR_TITLE',
      delete_branch_on_merge: false,
      web_commit_signoff_required: false,
      archived: false,
      // No defaults there, but the provider's SDK sends what is not set as false.
      has_issues: false,
      has_projects: false,
      has_wiki: false,
      has_downloads: false,
      has_discussions: false,
    },
    follows: {
      name: ['id', 'full_name', 'html_url', 'http_clone_url', 'ssh_clone_url', 'git_clone_url', 'svn_url'],
      visibility: ['private'],
    },
    allows: { visibility: ['public', 'private', 'internal'] },
  },
  github_branch_default: { replaces: ['repository'], defaults: { rename: false } },
  github_branch_protection: {
    replaces: ['repository_id'],
    defaults: {
      allows_deletions: false,
      allows_force_pushes: false,
      enforce_admins: false,
      require_signed_commits: false,
      required_linear_history: false,
      require_conversation_resolution: false,
      lock_branch: false,
      'required_pull_request_reviews.required_approving_review_count': 1,
      'required_pull_request_reviews.require_last_push_approval': false,
      'restrict_pushes.blocks_creations': true,
    },
  },
  github_issue_label: { replaces: ['repository'], follows: { name: ['id', 'url'] } },
  github_repository_milestone: {
    defaults: { state: 'open' },
    replaces: ['owner', 'repository'],
    allows: { state: ['open', 'closed'] },
  },
  github_issue: { replaces: ['repository'] },
  github_repository_webhook: {
    replaces: ['repository'],
    defaults: { active: true },
    sensitive: ['configuration.secret'],
  },
  github_actions_secret: {
    replaces: ['repository', 'secret_name', 'encrypted_value', 'plaintext_value'],
    defaults: { destroy_on_drift: true },
    sensitive: ['encrypted_value', 'plaintext_value'],
  },
  github_actions_variable: { replaces: ['repository', 'variable_name'] },
  github_repository_environment: {
    replaces: ['repository', 'environment'],
    defaults: { can_admins_bypass: true, prevent_self_review: false },
  },
  github_repository_file: {
    replaces: ['repository', 'file', 'branch'],
    defaults: { overwrite_on_create: false, autocreate_branch: false },
  },
}
