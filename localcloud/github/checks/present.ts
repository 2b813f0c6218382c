import type { Json } from '../accounts/present.ts'
import { appJson } from '../apps/present.ts'
import { appById } from '../apps/queries.ts'
import { issueById } from '../issues/queries.ts'
import { nodeId } from '../platform/ids.ts'
import { found } from '../platform/problem.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { sql } from '../platform/sql.ts'
import { pullsWhere } from '../pulls/queries.ts'
import type { Pull } from '../pulls/schema.ts'
import { repositoryJson, repositoryUrl } from '../repositories/present.ts'
import { repositoryById } from '../repositories/queries.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { latestRuns, runsOf } from './queries.ts'
import { verdictOf } from './schema.ts'
import type { CheckRun, CheckSuite } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function suiteJson(shown: Shown, repository: Repository, suite: CheckSuite): Json {
  const { store, site } = shown
  const url = `${repositoryUrl(site, repository)}/check-suites/${suite.id}`
  const runs = latestRuns(runsOf(store, suite.id))
  return {
    id: suite.id,
    node_id: nodeId('CheckSuite', suite.id),
    head_branch: suite.head_branch,
    head_sha: suite.head_sha,
    ...verdictOf(runs),
    url,
    before: null,
    after: suite.head_sha,
    pull_requests: pullsAt(shown, repository, suite.head_sha),
    app: appJson(shown, found(appById(store, suite.app_id))),
    repository: repositoryJson(store, site, repository),
    created_at: isoTime(suite.created_at),
    updated_at: isoTime(suite.updated_at),
    rerequestable: true,
    runs_rerequestable: true,
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
    head_commit: suite.head_commit,
  }
}

export function runJson(shown: Shown, repository: Repository, suite: CheckSuite, run: CheckRun): Json {
  const { store, site } = shown
  const url = `${repositoryUrl(site, repository)}/check-runs/${run.id}`
  const html_url = checkHtmlUrl(shown, repository, run)
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CheckRun', run.id),
    head_sha: suite.head_sha,
    external_id: run.external_id,
    url,
    html_url,
    details_url: run.details_url ?? html_url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: isoTimeOrNull(run.started_at),
    completed_at: isoTimeOrNull(run.completed_at),
    output: {
      title: run.output.title ?? null,
      summary: run.output.summary ?? null,
      text: run.output.text ?? null,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: suite.id },
    app: appJson(shown, found(appById(store, suite.app_id))),
    pull_requests: pullsAt(shown, repository, suite.head_sha),
  }
}

export function checkHtmlUrl({ site }: Shown, repository: Repository, run: CheckRun): string {
  return `${site.html}/${repository.full_name}/runs/${run.id}`
}

/** In webhooks a run carries its whole suite. */
export function hookRunJson(shown: Shown, repository: Repository, suite: CheckSuite, run: CheckRun): Json {
  const { repository: _, ...whole } = suiteJson(shown, repository, suite)
  return { ...runJson(shown, repository, suite, run), check_suite: whole }
}

/** The pull requests whose head a commit is, in their shortest form. */
export function pullsAt(shown: Shown, repository: Repository, sha: string): Json[] {
  const { store, site } = shown
  const same = sql`repository_id = ${repository.id} and state = 'open' and head_sha = ${sha}`
  return pullsWhere(store, same).flatMap((pull) => {
    const issue = issueById(store, pull.issue_id)
    if (!issue) return []
    const url = `${repositoryUrl(site, repository)}/pulls/${issue.number}`
    return [{ id: pull.id, number: issue.number, url, ...endsOf(shown, repository, pull) }]
  })
}

function endsOf({ store, site }: Shown, repository: Repository, pull: Pull): Json {
  const repo = ({ id, name, full_name }: Repository) => ({ id, url: repositoryUrl(site, { full_name }), name })
  const source = pull.head_repository_id === null ? null : repositoryById(store, pull.head_repository_id)
  return {
    head: { ref: pull.head_ref, sha: pull.head_sha, repo: repo(source ?? repository) },
    base: { ref: pull.base_ref, sha: pull.base_sha, repo: repo(repository) },
  }
}
