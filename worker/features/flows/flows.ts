import { createProject } from './create-project.ts'
import { deleteProject } from './delete-project.ts'
import { deployContent } from './deploy.ts'
import { setupGithubCi } from './github-ci.ts'
import { rollback } from './rollback.ts'
import type { FlowKind } from './schema.ts'
import type { Flow } from './step.ts'

/** Every flow there is, by its kind: what a run does is looked up here each time it goes on. */
const flows: Readonly<Partial<Record<FlowKind, Flow>>> = {
  'create-project': createProject,
  'deploy-content': deployContent,
  rollback,
  'setup-github-ci': setupGithubCi,
  'delete-project': deleteProject,
}

/** @throws Error for a kind that this version does not know */
export function flowOf(kind: FlowKind): Flow {
  const flow = flows[kind]
  if (!flow) throw new Error(`There is no flow ${kind}.`)
  return flow
}
