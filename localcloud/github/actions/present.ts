import { userJsonOrNull } from '../accounts/present.ts'
import type { Json } from '../accounts/present.ts'
import { accountById } from '../accounts/queries.ts'
import { pullsAt } from '../checks/present.ts'
import { nodeId } from '../platform/ids.ts'
import { isoTime, isoTimeOrNull } from '../platform/site.ts'
import { repositoryJson, repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Artifact, Job, Run, Workflow } from './schema.ts'

type Shown = Pick<World, 'store' | 'site'>

export function workflowJson({ site }: Shown, repository: Repository, workflow: Workflow): Json {
  const html = `${site.html}/${repository.full_name}`
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: workflow.state,
    created_at: isoTime(workflow.created_at),
    updated_at: isoTime(workflow.updated_at),
    url: `${repositoryUrl(site, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${html}/blob/${repository.default_branch}/${workflow.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  }
}

export function runJson(shown: Shown, repository: Repository, workflow: Workflow, run: Run): Json {
  const { store, site } = shown
  const root = repositoryUrl(site, repository)
  const person = (id: number) => userJsonOrNull(site, accountById(store, id))
  const minimal = repositoryJson(store, site, repository)
  return {
    id: run.id,
    name: workflow.name,
    node_id: nodeId('WorkflowRun', run.id),
    head_branch: run.head_branch,
    head_sha: run.head_sha,
    path: workflow.path,
    display_title: run.title,
    run_number: run.run_number,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflow.id,
    check_suite_id: run.suite_id,
    check_suite_node_id: nodeId('CheckSuite', run.suite_id),
    ...runLinks(shown, repository, run),
    check_suite_url: `${root}/check-suites/${run.suite_id}`,
    workflow_url: `${root}/actions/workflows/${workflow.id}`,
    pull_requests: pullsAt(shown, repository, run.head_sha),
    created_at: isoTime(run.created_at),
    updated_at: isoTime(run.updated_at),
    actor: person(run.actor_id),
    run_attempt: run.run_attempt,
    referenced_workflows: [],
    run_started_at: isoTime(run.started_at),
    triggering_actor: person(run.triggering_actor_id),
    head_commit: run.head_commit,
    repository: minimal,
    head_repository: minimal,
  }
}

function runLinks({ site }: Shown, repository: Repository, run: Run): Json {
  const url = `${repositoryUrl(site, repository)}/actions/runs/${run.id}`
  return {
    url,
    html_url: `${site.html}/${repository.full_name}/actions/runs/${run.id}`,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.run_attempt > 1 ? `${url}/attempts/${run.run_attempt - 1}` : null,
  }
}

export function jobJson({ site }: Shown, repository: Repository, workflow: Workflow, run: Run, job: Job): Json {
  const root = repositoryUrl(site, repository)
  const isTaken = job.started_at !== null && job.command !== null
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: workflow.name,
    head_branch: run.head_branch,
    run_url: `${root}/actions/runs/${run.id}`,
    run_attempt: job.run_attempt,
    node_id: nodeId('WorkflowJob', job.id),
    head_sha: run.head_sha,
    url: `${root}/actions/jobs/${job.id}`,
    html_url: `${site.html}/${repository.full_name}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: isoTime(job.created_at),
    started_at: isoTime(job.started_at ?? job.created_at),
    completed_at: isoTimeOrNull(job.completed_at),
    name: job.name,
    steps: isTaken ? stepsOf(job) : [],
    check_run_url: `${root}/check-runs/${job.check_run_id}`,
    labels: ['self-hosted'],
    runner_id: isTaken ? 1 : null,
    runner_name: isTaken ? 'local' : null,
    runner_group_id: isTaken ? 1 : null,
    runner_group_name: isTaken ? 'Default' : null,
  }
}

/** The one step that there is: the command. */
function stepsOf(job: Job): Json[] {
  return [
    {
      name: `Run ${job.command ?? ''}`,
      status: job.status,
      conclusion: job.conclusion,
      number: 1,
      started_at: isoTimeOrNull(job.started_at),
      completed_at: isoTimeOrNull(job.completed_at),
    },
  ]
}

export function artifactJson({ site }: Shown, repository: Repository, run: Run, artifact: Artifact, at: number): Json {
  const url = `${repositoryUrl(site, repository)}/actions/artifacts/${artifact.id}`
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.size,
    url,
    archive_download_url: `${url}/zip`,
    expired: artifact.expires_at <= at,
    digest: `sha256:${artifact.hash}`,
    created_at: isoTime(artifact.created_at),
    updated_at: isoTime(artifact.created_at),
    expires_at: isoTime(artifact.expires_at),
    workflow_run: {
      id: run.id,
      repository_id: repository.id,
      head_repository_id: repository.id,
      head_branch: run.head_branch ?? '',
      head_sha: run.head_sha,
    },
  }
}
