import { z } from 'zod'
import { Refusal } from '../../embedded/refusal.ts'
import { ask } from './ask.ts'
import type { Found } from './repositories.ts'

const Repository = z.object({ name: z.string(), permissions: z.object({ admin: z.boolean() }).optional() })
const Branches = z.array(z.object({ name: z.string() }))
/** What one page of GitHub's holds; who has more branches is not asked for all. */
const most = 100

export type Place = { readonly rest: string; readonly token: string; readonly owner: string }

/** What a GitHub says of a repository; null when it says nothing. @throws Refusal when it does not know the token */
export async function find({ rest, token, owner }: Place, name: string): Promise<Omit<Found, 'isManaged'> | null> {
  const url = `${rest}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`
  const answer = await ask(Repository, url, token)
  if (answer?.status === 401) throw new Refusal('GITHUB_TOKEN: GitHub does not know this token.')
  if (answer?.status === 404) return missing
  const repository = answer?.value
  if (!repository) return null
  // Whoever asks for a renamed repository is sent on to it: its old name is free.
  if (repository.name.toLowerCase() !== name.toLowerCase()) return missing
  return { exists: true, branches: await branchesAt(url, token), mayAdminister: repository.permissions?.admin ?? true }
}

const missing = { exists: false, branches: null, mayAdminister: true }

async function branchesAt(url: string, token: string): Promise<string[] | null> {
  const branches = (await ask(Branches, `${url}/branches?per_page=${most}`, token))?.value
  return branches && branches.length < most ? branches.map(({ name }) => name) : null
}
