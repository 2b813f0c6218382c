import { keyOf } from '../runtime/names.ts'
import type { Store } from '../store.ts'
import { scriptAt } from '../zones/routing.ts'
import { namespace } from './publish.ts'
import { allProjects } from './queries.ts'

/** The key of the script to which a hostname leads: by a zone's route, a custom domain, or a domain of a project. */
export function hostedAt(store: Store, host: string, pathname: string): string | null {
  const script = scriptAt(store, host, pathname)
  if (script !== null) return script
  const project = allProjects(store).find(({ details }) => details.domains.some(({ name }) => name === host))
  return project ? keyOf({ namespace, name: project.name }) : null
}
