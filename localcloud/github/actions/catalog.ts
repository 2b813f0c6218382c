import { sql } from '../platform/sql.ts'
import type { Repository } from '../repositories/schema.ts'
import type { World } from '../world.ts'
import { workflowsOf } from './queries.ts'
import type { Workflow } from './schema.ts'
import { readWorkflow } from './workflow-file.ts'
import type { WorkflowFile } from './workflow-file.ts'

/** A workflow file as it lies in a commit. */
export type Found = { readonly path: string; readonly file: WorkflowFile }

const folder = '.github/workflows/'

/** The workflow files of a commit. */
export async function filesAt({ git }: World, { id }: Repository, sha: string): Promise<Found[]> {
  const at = git.at(id)
  const listed = await at.run(['ls-tree', '-z', '--name-only', sha, folder])
  const paths = listed.out
    .toString()
    .split('\0')
    .filter((path) => /\.ya?ml$/.test(path))
  const objects = await at.objects(paths.map((path) => `${sha}:${path}`))
  return paths.flatMap((path, index) => {
    const object = objects[index]
    return object?.type === 'blob' ? [{ path, file: readWorkflow(object.body.toString()) }] : []
  })
}

/** Keeps the list of workflows in step with files; as a whole, what is no longer there counts as deleted. */
export function remember(world: World, repository: Repository, files: readonly Found[], isWhole = true): Workflow[] {
  const { store, now } = world
  return store.transact(() => {
    const known = workflowsOf(store, repository.id)
    for (const { path, file } of files) {
      const name = file.name ?? path
      const old = known.find((each) => each.path === path)
      const at = now()
      if (!old)
        store.insert('workflows', {
          repository_id: repository.id,
          path,
          name,
          state: 'active',
          created_at: at,
          updated_at: at,
        })
      else if (old.name !== name || old.state === 'deleted')
        store.update('workflows', old.id, {
          name,
          state: old.state === 'deleted' ? 'active' : undefined,
          updated_at: at,
        })
    }
    const paths = new Set(files.map(({ path }) => path))
    for (const { id, path } of isWhole ? known : [])
      if (!paths.has(path)) store.run(sql`update workflows set state = 'deleted' where id = ${id}`)
    return workflowsOf(store, repository.id).filter(({ path }) => paths.has(path))
  })
}

/** Whoever has pushed a workflow to the default branch may run it at once. */
export function followFiles(world: World): void {
  world.refs.observe(async ({ repository, change }) => {
    if (change.after === null || change.ref !== `refs/heads/${repository.default_branch}`) return () => {}
    const files = await filesAt(world, repository, change.after)
    return () => void remember(world, repository, files)
  })
}
