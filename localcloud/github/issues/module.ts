import type { Module } from '../front/app.ts'
import type { World } from '../world.ts'
import { followReferences } from './references.ts'
import { issueRoutes } from './routes.ts'
import { defaultLabels, tables } from './schema.ts'

export const issues: Module = {
  tables,
  wire: (world) => {
    followReferences(world)
    labelNewRepositories(world)
  },
  rest: [issueRoutes],
}

function labelNewRepositories({ events, store }: World): void {
  events.listen(({ name, action, repository }) => {
    if (name !== 'repository' || action !== 'created' || !repository) return
    for (const [label, color, description] of defaultLabels) {
      store.insert('labels', { repository_id: repository.id, name: label, color, description, is_default: true })
    }
  })
}
