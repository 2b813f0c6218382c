import { z } from '@hono/zod-openapi'
import { Bindings, ProjectName, judgeBindings } from './bindings.ts'
import { projectSteps, showProject } from './project-steps.ts'
import { rule } from './rule.ts'
import type { Flow } from './step.ts'

/** What `POST /flows/create-project` takes. */
export const NewProject = z
  .strictObject({ name: ProjectName, bindings: Bindings.default({}) })
  .check(
    rule(({ name, bindings }, report) =>
      judgeBindings(name, bindings, (path, message) => report(['bindings', ...path], message)),
    ),
  )
  .openapi('NewProject')

const Input = z.object({ bindings: Bindings })

/** Has a project with its resources and a script that binds them, or completes the one that is there. */
export const createProject: Flow<z.infer<typeof Input>> = {
  kind: 'create-project',
  operation: 'create',
  action: 'flow.create_project',
  input: Input,
  steps: (project, { bindings }) => projectSteps(project, bindings),
  result: showProject,
}
