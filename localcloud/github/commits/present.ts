import { userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountByEmail } from '../accounts/queries.ts'
import type { Commit, Person } from '../git/commits.ts'
import { namedNodeId } from '../platform/ids.ts'
import { isoTime } from '../platform/site.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { FileChange } from './diff.ts'

type Shown = Pick<World, 'store' | 'site'>

/** A commit as git has it (`git-commit`). */
export function gitCommitJson({ site }: Shown, repository: Repository, commit: Commit): Json {
  const root = repositoryUrl(site, repository)
  const html = `${site.html}/${repository.full_name}/commit`
  return {
    sha: commit.sha,
    node_id: namedNodeId('Commit', repository.id, commit.sha),
    url: `${root}/git/commits/${commit.sha}`,
    html_url: `${html}/${commit.sha}`,
    author: personJson(commit.author),
    committer: personJson(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${root}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({ sha, url: `${root}/git/commits/${sha}`, html_url: `${html}/${sha}` })),
    verification: verificationOf(commit),
  }
}

/** A commit as GitHub has it, with the users behind its names (`commit`). */
export function commitJson({ store, site }: Shown, repository: Repository, commit: Commit): Json {
  const root = repositoryUrl(site, repository)
  const html = `${site.html}/${repository.full_name}/commit`
  const url = `${root}/commits/${commit.sha}`
  return {
    sha: commit.sha,
    node_id: namedNodeId('Commit', repository.id, commit.sha),
    commit: {
      author: personJson(commit.author),
      committer: personJson(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${root}/git/trees/${commit.tree}` },
      url: `${root}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: verificationOf(commit),
    },
    url,
    html_url: `${html}/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: userJsonOrNull(site, accountByEmail(store, commit.author.email)),
    committer: userJsonOrNull(site, accountByEmail(store, commit.committer.email)),
    parents: commit.parents.map((sha) => ({ sha, url: `${root}/commits/${sha}`, html_url: `${html}/${sha}` })),
  }
}

/** A changed file in a commit, a comparison or a pull request (`diff-entry`). */
export function fileChangeJson({ site }: Shown, repository: Repository, sha: string, file: FileChange): Json {
  const place = `${sha}/${file.path.split('/').map(encodeURIComponent).join('/')}`
  const contents = `${repositoryUrl(site, repository)}/contents/${file.path.split('/').map(encodeURIComponent).join('/')}`
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${site.html}/${repository.full_name}/blob/${place}`,
    raw_url: `${site.html}/${repository.full_name}/raw/${place}`,
    contents_url: `${contents}?ref=${sha}`,
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.from === null ? {} : { previous_filename: file.from }),
  }
}

export function personJson({ name, email, at }: Person): Json {
  return { name, email, date: isoTime(at) }
}

/** Signatures are kept and shown, and never checked: nobody's keys are known here. */
export function verificationOf({ signature }: Pick<Commit, 'signature'>): Json {
  const reason = signature === null ? 'unsigned' : 'unknown_key'
  return { verified: false, reason, signature, payload: null, verified_at: null }
}
