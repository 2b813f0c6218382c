import type { Account } from '../accounts/schema.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { changeIssue } from './changes.ts'
import { issueNumbered } from './queries.ts'
import { noteEvent } from './subject.ts'

/** The numbers that a text mentions, and whether it says that they are thereby done. */
export type Reference = { readonly number: number; readonly closes: boolean }

const words = 'close[sd]?|fix(?:e[sd])?|resolve[sd]?'

/** `#1`, `owner/name#1`; with `closes`, `fixes` or `resolves` before it the issue is done. */
export function referencesIn(text: string, fullName: string): Reference[] {
  const place = String.raw`(?:(?<![\w/.-])([\w.-]+/[\w.-]+)|(?<![\w&]))`
  const pattern = new RegExp(String.raw`(?:\b(${words}):?\s+)?${place}#(\d{1,9})\b`, 'gi')
  const found = new Map<number, boolean>()
  for (const [, keyword, repository, digits] of text.matchAll(pattern)) {
    if (repository !== undefined && repository.toLowerCase() !== fullName.toLowerCase()) continue
    const number = Number(digits)
    found.set(number, (found.get(number) ?? false) || keyword !== undefined)
  }
  return [...found].map(([number, closes]) => ({ number, closes }))
}

/** Commits that reach the default branch close what they say they close; on any branch they are noted as references. */
export function followReferences(world: World): void {
  const { refs, store } = world
  refs.observe(async ({ repository, actor, change: { ref, after }, facts }) => {
    if (after === null || !ref.startsWith('refs/heads/')) return () => {}
    const { commits } = await facts()
    return () => {
      const current = repositoryById(store, repository.id) ?? repository
      const isDefault = ref === `refs/heads/${current.default_branch}`
      for (const { commit } of commits) {
        for (const reference of referencesIn(commit.message, current.full_name)) {
          follow(world, current, actor, reference, commit.sha, isDefault)
        }
      }
    }
  })
}

/** Notes that a commit mentions an issue, and closes the issue when it says so and may. */
export function follow(
  world: World,
  repository: Repository,
  actor: Account,
  { number, closes }: Reference,
  commit: string,
  mayClose: boolean,
): void {
  const issue = issueNumbered(world.store, repository.id, number)
  if (!issue) return
  noteEvent(world, issue, actor, 'referenced', {}, commit)
  if (closes && mayClose && !issue.is_pull) changeIssue(world, repository, issue, actor, { state: 'closed' }, commit)
}
