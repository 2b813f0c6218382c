import { Problem } from '../../platform/problem.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Repository } from './repository.ts'

/** Where a person lets Cloudflare read repositories; no call of the API does that. */
const install = 'https://github.com/apps/cloudflare-workers-and-pages/installations/new'
const dashboard = 'https://dash.cloudflare.com/?to=/:account/workers-and-pages'

/** How Pages (8000011, 8000012) and Workers Builds (12002) say that they cannot read a repository. */
const notInstalled = [8_000_011, 8_000_012, 12_002]

/** What Cloudflare refuses because its GitHub App cannot read the repository, as what to do about it. */
export function withInstructions(error: unknown, wanted: Repository): never {
  if (!(error instanceof CloudflareError) || !notInstalled.includes(error.code)) throw error
  throw instructions(wanted, error.code)
}

/** @param code Cloudflare's, or null when it was not asked */
export function instructions({ owner, name }: Repository, code: number | null): Problem {
  return new Problem(
    'conflict',
    `Cloudflare cannot read ${owner}/${name}. Install its GitHub App for ${owner} at ${install}, give it this repository, ` +
      `connect ${owner} once at ${dashboard}, and send this again. Nothing was made.`,
    { extensions: { install_url: install, dashboard_url: dashboard, cloudflare: { code } } },
  )
}
