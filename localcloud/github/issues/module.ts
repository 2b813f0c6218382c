import type { Module } from '../front/app.ts'
import type { World } from '../world.ts'
import { commentRoutes } from './comments.ts'
import { labelRoutes } from './labels.ts'
import { milestoneRoutes } from './milestones.ts'
import { followReferences } from './references.ts'
import { issueRoutes } from './routes.ts'
import { defaultLabels, tables } from './schema.ts'
import { timelineRoutes } from './timeline.ts'
import { triageRoutes } from './triage.ts'

export const issues: Module = {
  tables,
  wire: (world) => {
    followReferences(world)
    labelNewRepositories(world)
  },
  // Comments and events first: their paths look like numbers of issues.
  rest: [commentRoutes, timelineRoutes, issueRoutes, labelRoutes, milestoneRoutes, triageRoutes],
}

function labelNewRepositories({ events, store }: World): void {
  events.listen(({ name, action, repository }) => {
    if (name !== 'repository' || action !== 'created' || !repository) return
    for (const [label, color, description] of defaultLabels) {
      store.insert('labels', { repository_id: repository.id, name: label, color, description, is_default: true })
    }
  })
}
