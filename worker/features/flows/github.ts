import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import type { Repository } from './repository.ts'

export const GithubRepository = z.object({
  id: z.int(),
  name: z.string(),
  owner: z.object({ id: z.int(), login: z.string() }),
})
export type GithubRepository = z.infer<typeof GithubRepository>
const Access = z.object({ GITHUB_API_URL: z.url(), GITHUB_TOKEN: z.string().optional() })

/**
 * What GitHub calls a repository; private ones show with `GITHUB_TOKEN` alone.
 * @throws Problem (not-found) when it shows none, (unavailable) when it cannot be asked
 */
export async function repositoryOnGithub(env: Env, { owner, name }: Repository): Promise<GithubRepository> {
  const { GITHUB_API_URL: api, GITHUB_TOKEN: token } = Access.parse(env)
  const headers = { accept: 'application/vnd.github+json', 'user-agent': 'throughline' }
  try {
    const response = await fetch(`${api}/repos/${owner}/${name}`, {
      headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers,
      signal: AbortSignal.timeout(10_000),
    })
    if (response.ok) return GithubRepository.parse(await response.json())
    await response.body?.cancel()
    if (response.status !== 404) throw new Error(`It answered ${response.status}.`)
  } catch (error) {
    console.error({ repository: `${owner}/${name}`, error: String(error) })
    throw new Problem('unavailable', 'GitHub cannot be asked just now: try again.', {
      headers: { 'retry-after': '10' },
    })
  }
  throw new Problem('not-found', `GitHub shows no repository ${owner}/${name}; a private one needs GITHUB_TOKEN.`)
}
