import type { Settings } from '../../stacks/schema/settings.ts'
import { Trust } from '../../worker/features/access/trust.ts'

/** What the Worker reads as GITHUB_TRUST: the rules of all repositories, or nothing. */
export function trustIn({ url, github }: Settings): string {
  const rules = github.repositories.flatMap(({ name, id, trust }) =>
    trust.map(({ branch, ...rule }) => ({
      repository: `${github.owner}/${name}`,
      ...(id === undefined ? {} : { repository_id: String(id) }),
      ...rule,
      ...(branch === undefined ? {} : { ref: `refs/heads/${branch}` }),
    })),
  )
  return rules.length === 0 ? '' : JSON.stringify(Trust.parse({ audience: url, rules }))
}
