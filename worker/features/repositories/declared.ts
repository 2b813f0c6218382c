import { z } from '@hono/zod-openapi'
import { Visibility } from './schema.ts'

/** The resource by which Terraform declares a repository. */
export const declaringType = 'github_repository'

const text = z.string().transform((given) => given.toWellFormed())
const flag = z.boolean().catch(false)

/** A state holds what its client wrote: only what tells which repository it is must be right. */
const Attributes = z.object({
  repo_id: z.int().positive(),
  full_name: z
    .string()
    .max(300)
    .regex(/^[\w-]+\/[\w.-]+$/),
  description: text.nullable().catch(null),
  visibility: Visibility.nullable().catch(null),
  private: z.boolean().catch(true),
  default_branch: text.catch(''),
  has_issues: flag,
  has_projects: flag,
  has_wiki: flag,
  homepage_url: text.nullable().catch(null),
  topics: z.array(text).catch([]),
  archived: flag,
})

/** A repository as a state declares it; keys are columns. */
export type Declared = ReturnType<typeof declared>[number]

/** What the attributes of a resource, as JSON, tell of its repository: one, or none when they do not say which it is. */
export function declared(attributes: string | null) {
  const { data } = Attributes.safeParse(JSON.parse(attributes ?? 'null'))
  if (!data) return []
  const { full_name: repo_full_name, visibility, private: isPrivate, default_branch: branch, ...rest } = data
  const [repo_owner = '', repo_name = ''] = repo_full_name.split('/')
  return [
    {
      ...rest,
      repo_owner,
      repo_name,
      repo_full_name,
      visibility: visibility ?? (isPrivate ? 'private' : 'public'),
      default_branch: branch || 'main',
    },
  ]
}

/** No id and no name twice, as only a state written by hand has them: the later one counts. */
export function distinct(rows: readonly Declared[]): Declared[] {
  const byId = new Map(rows.map((row) => [row.repo_id, row]))
  const byName = new Map([...byId.values()].map((row) => [row.repo_full_name.toLowerCase(), row]))
  return [...byName.values()]
}
