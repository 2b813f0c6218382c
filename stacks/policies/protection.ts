import { TerraformResource, TerraformStack } from 'cdktf'
import type { IConstruct } from 'constructs'
import { matchesBranch } from '../schema/repository-rules.ts'
import { declaredBy, policy } from './policy.ts'
import type { Declared } from './policy.ts'

/** Nobody pushes unseen to the default branch of a repository that everybody reads. */
export const protection = policy(function* (node) {
  const repository = declaredBy(node)
  if (repository?.type !== 'github_repository' || !isPublic(repository)) return
  const name = repository.text('name')
  const belonging = TerraformStack.of(node)
    .node.findAll()
    .flatMap((each) => declaredBy(each) ?? [])
    .filter((each) => belongsTo(each, node, name))
  const branch = belonging.find(({ type }) => type === 'github_branch_default')?.text('branch') ?? 'main'
  const protections = belonging.filter(({ type }) => type === 'github_branch_protection')
  if (protections.some(({ text }) => matchesBranch(branch, text('pattern')))) return
  const remedy = `add { branches: '${branch}' } to its protection, or make it private.`
  yield `the repository "${name}" is public and nothing protects ${branch}; ${remedy}`
})

/** By a reference, or by its name. */
function belongsTo({ text }: Declared, repository: IConstruct, name: string): boolean {
  const id = TerraformResource.isTerraformResource(repository) ? repository.friendlyUniqueId : ''
  const reference = `\${github_repository.${id}.`
  return [text('repository'), text('repository_id')].some((place) => place === name || place.startsWith(reference))
}

/** GitHub makes a repository public when nothing is said. */
function isPublic({ attributes, text }: Declared): boolean {
  return text('visibility') === '' ? attributes['private'] !== true : text('visibility') === 'public'
}
