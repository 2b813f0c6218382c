import type { Account } from '../accounts/schema.ts'
import type { Push } from '../git/refs.ts'
import { changeIssue } from '../issues/changes.ts'
import { issueById } from '../issues/queries.ts'
import { noteEvent, raiseFor } from '../issues/subject.ts'
import { found } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { World } from '../world.ts'
import { fetchHead, measure, pointPullRefs } from './measure.ts'
import type { Measure } from './measure.ts'
import { markMerged, mergedBy } from './merged.ts'
import { pullById, pullsWhere } from './queries.ts'
import type { Pull } from './schema.ts'

type Act = () => void

/** Lets open pull requests follow their branches. */
export function watchPulls(world: World): void {
  world.refs.observe(async (push) => {
    if (!push.change.ref.startsWith('refs/heads/')) return () => {}
    const acts = [...(await followHeads(world, push)), ...(await followBases(world, push))]
    return () => {
      for (const act of acts) act()
    }
  })
}

/** Their own branch moved: they have new commits, or none any more. */
async function followHeads(world: World, { repository, actor, change }: Push): Promise<Act[]> {
  const { store, git } = world
  const { after, before } = change
  const branch = change.ref.slice(11)
  const acts: Act[] = []
  const own = sql`head_repository_id = ${repository.id} and head_ref = ${branch} and state = 'open'`
  for (const pull of pullsWhere(store, own)) {
    const issue = found(issueById(store, pull.issue_id))
    if (after === null) {
      acts.push(() => closeOrphan(world, pull, actor, 'head_ref_deleted'))
      continue
    }
    await fetchHead(git, issue.repository_id, repository.id, branch)
    const target = git.at(issue.repository_id)
    const base = world.refs.get(issue.repository_id, `refs/heads/${pull.base_ref}`) ?? pull.base_sha
    const measured = await measure(target, base, after)
    await pointPullRefs(target, issue.number, after)
    acts.push(() => synchronize(world, pull, actor, measured, before))
  }
  return acts
}

/**
 * The branch that they are to be merged into moved: with their commits, or without. In how far they still fit is found
 * out when somebody asks, as on GitHub: there may be many of them.
 */
async function followBases(world: World, { repository, actor, change, why, facts }: Push): Promise<Act[]> {
  const { store } = world
  const { after } = change
  const onto = sql`repository_id = ${repository.id} and base_ref = ${change.ref.slice(11)} and state = 'open'`
  const pulls = pullsWhere(store, onto).filter(({ id }) => id !== mergedBy(why))
  if (after === null) return pulls.map((pull) => () => closeOrphan(world, pull, actor, 'base_ref_deleted'))
  if (pulls.length === 0) return []
  const gained = new Set((await facts()).commits.map(({ commit }) => commit.sha))
  return pulls.map((pull) => () => {
    if (gained.has(pull.head_sha)) markMerged(world, found(repositoryById(store, repository.id)), pull, actor, after)
    else store.update('pulls', pull.id, { base_sha: after, mergeable: null })
  })
}

function synchronize(world: World, pull: Pull, actor: Account, measured: Measure, before: string | null): void {
  const { store, now } = world
  const issue = found(issueById(store, pull.issue_id))
  const repository = found(repositoryById(store, issue.repository_id))
  const isNew = found(pullById(store, pull.id)).head_sha !== measured.head_sha
  store.update('pulls', pull.id, measured)
  if (!isNew) return
  store.update('issues', issue.id, { updated_at: now() })
  const body = { before: before ?? pull.head_sha, after: measured.head_sha }
  raiseFor(world, repository, issue, actor, [{ action: 'synchronize', body }])
}

/** Without one of its branches a pull request cannot go on. */
function closeOrphan(world: World, pull: Pull, actor: Account, event: string): void {
  const issue = found(issueById(world.store, pull.issue_id))
  if (issue.state === 'closed') return
  const repository = found(repositoryById(world.store, issue.repository_id))
  noteEvent(world, issue, actor, event)
  changeIssue(world, repository, issue, actor, { state: 'closed' })
}
