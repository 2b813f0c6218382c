import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import type { Claims } from './identity.ts'

const Pull = z.object({ head: z.object({ repo: z.object({ full_name: z.string() }).nullable() }) })
const Access = z.object({ GITHUB_API_URL: z.url(), GITHUB_TOKEN: z.string().optional() })

/**
 * Whether a run's code may be a stranger's. No claim tells where a pull request comes from, so GitHub is asked; what it
 * does not show counts as a fork.
 * @throws Problem (unavailable) when GitHub cannot be asked
 */
export async function isFromFork(env: Env, { event_name: event, repository, ref }: Claims): Promise<boolean> {
  if (event !== 'pull_request') return false
  const number = /^refs\/pull\/(\d+)\/merge$/.exec(ref)?.[1]
  if (number === undefined) return true
  const { GITHUB_API_URL: api, GITHUB_TOKEN: token } = Access.parse(env)
  const answer = await ask(`${api}/repos/${repository}/pulls/${number}`, token)
  return answer?.head.repo?.full_name.toLowerCase() !== repository.toLowerCase()
}

async function ask(url: string, token: string | undefined): Promise<z.infer<typeof Pull> | null> {
  const headers = { accept: 'application/vnd.github+json', 'user-agent': 'throughline' }
  try {
    const response = await fetch(url, {
      headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(5000),
    })
    if (response.status === 404) return null
    if (!response.ok) throw new Error(`It answered ${response.status}.`)
    return Pull.parse(await response.json())
  } catch (error) {
    console.error({ pull: url, error: String(error) })
    throw new Problem('unavailable', 'GitHub cannot be asked just now: try again.', {
      headers: { 'retry-after': '10' },
      reason: 'github unreachable',
    })
  }
}
