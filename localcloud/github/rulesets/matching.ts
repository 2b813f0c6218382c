import { matches } from '../branches/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Ruleset } from './schema.ts'

/** Whether a ruleset speaks about a ref of a repository. */
export function concerns(ruleset: Ruleset, repository: Repository, ref: string): boolean {
  const folder = { branch: 'refs/heads/', tag: 'refs/tags/', push: 'refs/', repository: '' }[ruleset.target]
  if (folder === '' || !ref.startsWith(folder)) return false
  const { repository_name, ref_name } = ruleset.conditions ?? {}
  const isHere = ruleset.repository_id !== null || named(repository_name, (name) => isRepository(repository, name))
  return isHere && (ruleset.target === 'push' || named(ref_name, (name) => isRef(repository, ref, name)))
}

type Names = { readonly include: readonly string[]; readonly exclude: readonly string[] } | undefined

function named(names: Names, is: (name: string) => boolean): boolean {
  return names !== undefined && names.include.some(is) && !names.exclude.some(is)
}

function isRepository({ name }: Repository, wanted: string): boolean {
  return wanted === '~ALL' || matches(name.toLowerCase(), wanted.toLowerCase())
}

function isRef({ default_branch }: Repository, ref: string, wanted: string): boolean {
  if (wanted === '~ALL') return true
  if (wanted === '~DEFAULT_BRANCH') return ref === `refs/heads/${default_branch}`
  return matches(ref, wanted)
}
