import type { Repository } from '../repositories/schema.ts'
import type { Searcher } from './issues.ts'
import { readWords } from './words.ts'
import type { Qualifier } from './words.ts'

/** Which repositories a search finds, the newest first. */
export function repositoriesFor({ repositories }: Pick<Searcher, 'repositories'>, search: string): Repository[] {
  const { texts, qualifiers } = readWords(search, (name) => name in rules || name === 'sort' || name === 'in')
  const owners = qualifiers.filter(({ name, isNot }) => (name === 'user' || name === 'org') && !isNot)
  const others = qualifiers.filter((each) => !owners.includes(each))
  return repositories
    .filter((each) => owners.length === 0 || owners.some((owner) => holds(each, owner)))
    .filter((each) => others.every((qualifier) => holds(each, qualifier)))
    .filter((each) => texts.every((text) => says(each, text)))
    .toSorted((a, b) => b.created_at - a.created_at || b.id - a.id)
}

function says({ full_name, description }: Repository, text: string): boolean {
  return `${full_name} ${description ?? ''}`.toLowerCase().includes(text.toLowerCase())
}

function holds(repository: Repository, { name, value, isNot }: Qualifier): boolean {
  const rule = rules[name]
  return rule === undefined || rule(repository, value.toLowerCase()) !== isNot
}

const rules: Record<string, (repository: Repository, value: string) => boolean> = {
  repo: ({ full_name }, value) => full_name.toLowerCase() === value,
  user: ({ owner }, value) => owner.login.toLowerCase() === value,
  org: ({ owner }, value) => owner.login.toLowerCase() === value,
  topic: ({ topics }, value) => topics.includes(value),
  archived: ({ archived }, value) => String(archived) === value,
  template: ({ is_template }, value) => String(is_template) === value,
  fork: ({ parent_id }, value) => value !== 'only' || parent_id !== null,
  is: ({ visibility }, value) => !['public', 'private', 'internal'].includes(value) || visibility === value,
}
