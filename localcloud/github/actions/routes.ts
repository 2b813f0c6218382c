import { z } from 'zod'
import { noContent, param, routesOf } from '../front/routes.ts'
import { commitNamed } from '../git/commits.ts'
import { readBody } from '../platform/body.ts'
import { pagedUnder } from '../platform/pages.ts'
import { found, unprocessable } from '../platform/problem.ts'
import { sql } from '../platform/sql.ts'
import { callerOf, openRepository } from '../repositories/access.ts'
import { repositoryUrl } from '../repositories/present.ts'
import type { Repository } from '../repositories/schema.ts'
import type { Call, World } from '../world.ts'
import { actionsOf } from './actions.ts'
import { filesAt } from './catalog.ts'
import { inputsFor } from './inputs.ts'
import { workflowJson } from './present.ts'
import { workflowCalled, workflowsOf } from './queries.ts'
import { listRuns } from './run-routes.ts'
import type { Workflow } from './schema.ts'
import { addOccasion } from './triggers.ts'

const Dispatch = z.object({ ref: z.string(), inputs: z.record(z.string(), z.unknown()).default({}) })

const root = '/repos/:owner/:repo/actions/workflows'

/** Workflows: what the files of the repository say may run. */
export const workflowRoutes = routesOf({
  [`GET ${root}`]: list,
  [`GET ${root}/:workflow`]: show,
  [`PUT ${root}/:workflow/enable`]: (world, c) => setState(world, c, 'active'),
  [`PUT ${root}/:workflow/disable`]: (world, c) => setState(world, c, 'disabled_manually'),
  [`POST ${root}/:workflow/dispatches`]: dispatch,
  [`GET ${root}/:workflow/timing`]: (world, c) => {
    openWorkflow(world, c, openRepository(world, c, 'read'))
    return c.json({ billable: {} })
  },
  [`GET ${root}/:workflow/runs`]: (world, c) => {
    const repository = openRepository(world, c, 'read')
    return listRuns(world, c, repository, sql`workflow_id = ${openWorkflow(world, c, repository).id}`)
  },
})

function list(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  const workflows = workflowsOf(world.store, repository.id).filter(({ state }) => state !== 'deleted')
  return pagedUnder(c, 'workflows', workflows, (workflow) => workflowJson(world, repository, workflow))
}

function openWorkflow({ store }: World, c: Call, repository: Repository): Workflow {
  return found(workflowCalled(store, repository.id, param(c, 'workflow')))
}

function show(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'read')
  return c.json(workflowJson(world, repository, openWorkflow(world, c, repository)))
}

function setState(world: World, c: Call, state: Workflow['state']): Response {
  const repository = openRepository(world, c, 'write')
  const { id } = openWorkflow(world, c, repository)
  world.store.update('workflows', id, { state, updated_at: world.now() })
  return noContent()
}

async function dispatch(world: World, c: Call): Promise<Response> {
  const { user } = callerOf(c)
  const repository = openRepository(world, c, 'write')
  const workflow = openWorkflow(world, c, repository)
  const { ref: name, inputs } = await readBody(c, Dispatch)
  const ref = refNamed(world, repository, name)
  const commit = ref === null ? null : await commitNamed(world.git.at(repository.id), ref)
  if (ref === null || !commit) throw unprocessable(`No ref found for: ${name}`)
  if (workflow.state !== 'active') throw unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
  const file = (await filesAt(world, repository, commit.sha)).find(({ path }) => path === workflow.path)?.file
  if (!file?.on.has('workflow_dispatch')) throw unprocessable("Workflow does not have 'workflow_dispatch' trigger")
  const given = inputsFor(file.inputs, inputs)
  world.store.transact(() => {
    const body = { inputs: Object.keys(given).length > 0 ? given : null, ref, workflow: workflow.path }
    const { payload } = world.events.raise({ name: 'workflow_dispatch', repository, sender: user, body })
    const occasion = { repository, actor: user.id, event: 'workflow_dispatch', action: null, payload }
    addOccasion(world, { ...occasion, ref, base_ref: null, sha: commit.sha, workflow: workflow.id })
    world.store.afterCommit(() => actionsOf(world).wake())
  })
  return noContent()
}

/** A branch or a tag, by its short or its full name. */
function refNamed({ refs }: World, { id }: Repository, name: string): string | null {
  const forms = [name, `refs/heads/${name}`, `refs/tags/${name}`].filter((form) => form.startsWith('refs/'))
  return forms.find((form) => refs.get(id, form) !== null) ?? null
}

/** Shown when somebody asks for what only hosted runners have. */
export function runnersOf(world: World, c: Call): Response {
  openRepository(world, c, 'admin')
  return c.json({ total_count: 0, runners: [] })
}

export function permissionsOf(world: World, c: Call): Response {
  const repository = openRepository(world, c, 'admin')
  const selected_actions_url = `${repositoryUrl(world.site, repository)}/actions/permissions/selected-actions`
  return c.json({ enabled: true, allowed_actions: 'all', selected_actions_url })
}
