import { accountByLogin } from '../accounts/queries.ts'
import type { Account } from '../accounts/schema.ts'
import { addIssue } from '../issues/changes.ts'
import type { Issue } from '../issues/schema.ts'
import { raiseFor } from '../issues/subject.ts'
import { found, validationFailed } from '../platform/problem.ts'
import type { Problem } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { repositoriesWhere } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { fetchHead, measure, pointPullRefs } from './measure.ts'
import { pullOfIssue, pullsWhere } from './queries.ts'
import type { Pull } from './schema.ts'

export type NewPull = {
  readonly title: string
  readonly body: string | null
  readonly head: string
  readonly base: string
  readonly draft: boolean
  readonly maintainer_can_modify: boolean
}

type Head = { readonly repository: Repository; readonly branch: string; readonly sha: string }

/** Opens a pull request between two branches that differ. */
export async function createPull(
  world: World,
  repository: Repository,
  author: Account,
  wanted: NewPull,
): Promise<{ issue: Issue; pull: Pull }> {
  const { store, git, refs } = world
  const base = refs.get(repository.id, `refs/heads/${wanted.base}`)
  if (base === null) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' })
  const head = headOf(world, repository, wanted.head)
  await fetchHead(git, repository.id, head.repository.id, head.branch)
  const target = git.at(repository.id)
  if (!(await target.succeeds(['merge-base', base, head.sha]))) {
    throw refused(`The ${wanted.base} branch has no history in common with ${wanted.head}`)
  }
  const measured = await measure(target, base, head.sha)
  if (measured.commits === 0) throw refused(`No commits between ${wanted.base} and ${wanted.head}`)
  const { title, body } = wanted
  const made = store.transact(() => {
    refuseTwin(world, repository, wanted, head)
    const issue = addIssue(world, repository, author, { title, body, is_pull: true }, ({ id }) => {
      store.insert('pulls', { issue_id: id, ...rowFor(wanted, head), ...measured })
    })
    raiseFor(world, repository, issue, author, [{ action: 'opened' }])
    return { issue, pull: found(pullOfIssue(store, issue.id)) }
  })
  await pointPullRefs(target, made.issue.number, head.sha)
  return made
}

function rowFor({ base, draft, maintainer_can_modify }: NewPull, { repository, branch }: Head) {
  return {
    base_ref: base,
    head_repository_id: repository.id,
    head_owner_id: repository.owner_id,
    head_ref: branch,
    draft,
    maintainer_can_modify,
  }
}

/** `branch` here, or `user:branch` in that user's fork. */
function headOf(world: World, repository: Repository, name: string): Head {
  const colon = name.indexOf(':')
  const login = colon < 0 ? repository.owner.login : name.slice(0, colon)
  const branch = name.slice(colon + 1)
  const owner = accountByLogin(world.store, login)
  const source = owner === null || owner.id === repository.owner_id ? repository : forkOf(world, repository, owner)
  const sha = source && owner ? world.refs.get(source.id, `refs/heads/${branch}`) : null
  if (!source || sha === null) throw validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' })
  return { repository: source, branch, sha }
}

function forkOf({ store }: World, repository: Repository, owner: Account): Repository | null {
  const [fork = null] = repositoriesWhere(store, sql`parent_id = ${repository.id} and owner_id = ${owner.id}`)
  return fork
}

function refuseTwin({ store }: World, repository: Repository, { base }: NewPull, head: Head): void {
  const same = sql`repository_id = ${repository.id} and state = 'open' and base_ref = ${base}
    and head_repository_id = ${head.repository.id} and head_ref = ${head.branch}`
  if (pullsWhere(store, same).length > 0)
    throw refused(`A pull request already exists for ${head.repository.owner.login}:${head.branch}.`)
}

function refused(message: string): Problem {
  return validationFailed({ resource: 'PullRequest', code: 'custom', message })
}
