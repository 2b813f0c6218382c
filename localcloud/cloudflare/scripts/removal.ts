import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { keyOf } from '../runtime/names.ts'
import { placeFound } from './calls.ts'
import { problems } from './errors.ts'
import { dropObjects } from './objects.ts'
import { currentVersion } from './present.ts'
import { allScripts, deleteScript, objectClassesOf } from './queries.ts'
import type { Place, Script } from './schema.ts'
import { snapshotOf } from './snapshot.ts'

/** Another script that binds one, and how. */
export type Reference = {
  readonly script: Script
  readonly type: string
  readonly name: string
  readonly className: string
}

/** Every other script that binds this one. */
export function referencesTo(cloud: Cloud, { id, name, namespace }: Script): Reference[] {
  if (namespace !== '') return []
  return allScripts(cloud.store)
    .filter((other) => other.id !== id)
    .flatMap((script) => {
      const bindings = currentVersion(cloud.store, script)?.bindings ?? []
      return bindings
        .filter((binding) => binding['service'] === name || binding['script_name'] === name)
        .map((binding) => ({
          script,
          type: binding.type,
          name: binding.name,
          className: String(binding['class_name']),
        }))
    })
}

const QueueRow = z.object({ id: z.string(), queue_id: z.string(), name: z.string() })
export type ConsumedQueue = z.infer<typeof QueueRow>

/** Queues whose messages the script gets. */
export function queuesOf(cloud: Cloud, script: string): ConsumedQueue[] {
  const sql = `select c.id, c.queue_id, q.name from queue_consumers c join queues q on q.id = c.queue_id
    where c.type = 'worker' and c.script = ?`
  return cloud.store.all(QueueRow, sql, script)
}

/** Deletes a script with its versions and objects. Unless forced, nothing may depend on it. */
export async function removeScript(cloud: Cloud, place: Place, isForced: boolean): Promise<void> {
  const script = placeFound(cloud, place)
  if (!isForced) proveFree(cloud, script)
  const objects = objectClassesOf(cloud.store, script.id)
  const undo = snapshotOf(cloud.store, place)
  const consumed = queuesOf(cloud, script.name)
  cloud.store.transaction(() => {
    deleteScript(cloud.store, script.id)
    if (place.namespace === '')
      for (const { id } of consumed) cloud.store.run('delete from queue_consumers where id = ?', id)
  })
  cloud.runtime.quarantine.release(keyOf(place))
  await cloud.runtime.apply(undo)
  dropObjects(cloud, objects)
}

function proveFree(cloud: Cloud, script: Script): void {
  const binders = [...new Set(referencesTo(cloud, script).map((reference) => reference.script.name))]
  if (binders.length > 0) throw problems.referenced(binders)
  const queues = queuesOf(cloud, script.name).map(({ name }) => name)
  if (script.namespace === '' && queues.length > 0) throw problems.consumes(queues)
}
