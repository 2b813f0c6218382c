import { accountById } from '../accounts/queries.ts'
import { commitNamed } from '../git/commits.ts'
import type { GitRepository } from '../git/repository.ts'
import { issueById } from '../issues/queries.ts'
import { unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { pullsWhere } from '../pulls/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'

export type Range = {
  readonly tag_name: string
  readonly target_commitish?: string | undefined
  readonly previous_tag_name?: string | undefined
}

/** Writes what a release brings: the pull requests that were merged since the one before. */
export async function writeNotes(
  world: World,
  repository: Repository,
  range: Range,
): Promise<{ name: string; body: string }> {
  const git = world.git.at(repository.id)
  const { tag_name, target_commitish = repository.default_branch } = range
  const head = (await commitNamed(git, tag_name)) ?? (await commitNamed(git, target_commitish))
  if (!head) throw unprocessable(`Invalid target_commitish parameter: ${target_commitish}`)
  const previous = range.previous_tag_name ?? (await tagBefore(git, head.sha, tag_name))
  const since = previous === null ? [] : [`^refs/tags/${previous}`]
  const shas = new Set(await git.lines(['rev-list', '--max-count=10000', head.sha, ...since, '--']))
  const lines = pullsWhere(world.store, sql`repository_id = ${repository.id} and merged_at is not null`)
    .filter(({ merge_sha }) => merge_sha !== null && shas.has(merge_sha))
    .flatMap(({ issue_id }) => lineFor(world, repository, issue_id))
  const html = `${world.site.html}/${repository.full_name}`
  const link = previous === null ? `${html}/commits/${tag_name}` : `${html}/compare/${previous}...${tag_name}`
  const list = lines.length > 0 ? `## What's Changed\n${lines.join('\n')}\n\n\n` : ''
  return { name: tag_name, body: `${list}**Full Changelog**: ${link}` }
}

function lineFor({ store, site }: World, repository: Repository, id: number): string[] {
  const issue = issueById(store, id)
  const author = issue && accountById(store, issue.author_id)
  if (!issue) return []
  const url = `${site.html}/${repository.full_name}/pull/${issue.number}`
  return [`* ${issue.title} by @${author?.login ?? 'ghost'} in ${url}`]
}

async function tagBefore(git: GitRepository, sha: string, tag: string): Promise<string | null> {
  const { code, out } = await git.run(['describe', '--tags', '--abbrev=0', `--exclude=${tag}`, sha])
  return code === 0 ? out.toString().trim() : null
}
