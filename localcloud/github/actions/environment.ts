import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import type { Binding } from './bindings.ts'
import type { Job, Run, Workflow } from './schema.ts'

export type Place = {
  readonly workspace: string
  readonly home: string
  readonly temp: string
  readonly event: string
}

export type Taken = {
  readonly repository: Repository
  readonly workflow: Workflow
  readonly run: Run
  readonly job: Job
  readonly binding: Binding
  readonly actors: { readonly actor: string; readonly triggering: string }
  readonly token: string
}

/** What a command finds in its environment: what a workflow's step finds, and nothing of this server's own. */
export function environmentFor(world: World, taken: Taken, place: Place): Record<string, string> {
  return {
    PATH: world.options.path,
    HOME: place.home,
    TMPDIR: place.temp,
    LANG: 'C.UTF-8',
    CI: 'true',
    ...repositoryPart(world, taken),
    ...runPart(taken),
    ...runnerPart(world, taken, place),
    ...inputsOf(taken.run.payload),
    ...taken.binding.env,
  }
}

function repositoryPart({ site }: World, { repository, run }: Taken): Record<string, string> {
  const isTag = run.ref.startsWith('refs/tags/')
  return {
    GITHUB_REPOSITORY: repository.full_name,
    GITHUB_REPOSITORY_ID: String(repository.id),
    GITHUB_REPOSITORY_OWNER: repository.owner.login,
    GITHUB_REPOSITORY_OWNER_ID: String(repository.owner_id),
    GITHUB_SHA: run.head_sha,
    GITHUB_REF: run.ref,
    GITHUB_REF_NAME: run.ref.replace(/^refs\/(heads|tags)\//, ''),
    GITHUB_REF_TYPE: isTag ? 'tag' : 'branch',
    GITHUB_SERVER_URL: site.html,
    GITHUB_API_URL: site.api,
    GITHUB_GRAPHQL_URL: site.graphql,
  }
}

function runPart({ repository, workflow, run, job, actors }: Taken): Record<string, string> {
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_EVENT_NAME: run.event,
    GITHUB_WORKFLOW: workflow.name,
    GITHUB_WORKFLOW_REF: `${repository.full_name}/${workflow.path}@${run.ref}`,
    GITHUB_WORKFLOW_SHA: run.head_sha,
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.run_number),
    GITHUB_RUN_ATTEMPT: String(run.run_attempt),
    GITHUB_JOB: job.name,
    GITHUB_ACTOR: actors.actor,
    GITHUB_TRIGGERING_ACTOR: actors.triggering,
  }
}

function runnerPart({ site }: World, { job, token }: Taken, place: Place): Record<string, string> {
  return {
    GITHUB_TOKEN: token,
    GITHUB_WORKSPACE: place.workspace,
    GITHUB_EVENT_PATH: place.event,
    RUNNER_NAME: 'local',
    RUNNER_TEMP: place.temp,
    RUNNER_OS: process.platform === 'darwin' ? 'macOS' : 'Linux',
    RUNNER_ENVIRONMENT: 'self-hosted',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${site.html}/_services/pipelines/jobs/${job.id}/idtoken?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
  }
}

/** As actions find their inputs. */
function inputsOf(payload: string): Record<string, string> {
  const event: unknown = JSON.parse(payload)
  const inputs = typeof event === 'object' && event !== null && 'inputs' in event ? event.inputs : null
  if (typeof inputs !== 'object' || inputs === null) return {}
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, String(value)]),
  )
}
