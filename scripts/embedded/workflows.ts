import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { deserialize } from 'node:v8'
import type { Miniflare } from 'miniflare'
import { z } from 'zod'
import type { Manifest } from './manifest.ts'
import { sqlite } from './sqlite.ts'

/** A Workflow instance that had not ended when the runtime did. */
export type Unfinished = { readonly binding: string; readonly id: string; readonly begun: boolean }

type Instance = {
  pause(): Promise<void>
  resume(): Promise<void>
  restart(): Promise<void>
  status(): Promise<{ status: string }>
}
type Workflow = { get(id: string): Promise<Instance> }

const Stored = z.object({
  INSTANCE_METADATA: z.object({ instance: z.object({ id: z.string() }) }),
  ENGINE_STATUS: z.int().default(0),
})
/** The engine's numbers for the states in which an instance still has something to do by itself. */
const [queued, running, waiting] = [0, 1, 7]

/**
 * Reads from the engine's files which instances are unfinished. Only the explorer lists them, and that is an open door
 * to all data; asking the engine about every file would load each ended instance for ever.
 */
export function unfinishedInstances({ workflows }: Manifest, folder: string): Unfinished[] {
  return workflows.flatMap(({ binding, name }) => {
    const place = join(folder, 'workflows', `miniflare-workflows-${name}`)
    if (!existsSync(place)) return []
    const files = readdirSync(place).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))
    return files.flatMap((file) => {
      const { INSTANCE_METADATA, ENGINE_STATUS } = storedIn(join(place, file)) ?? {}
      if (!INSTANCE_METADATA || ![queued, running, waiting].includes(ENGINE_STATUS ?? queued)) return []
      return [{ binding, id: INSTANCE_METADATA.instance.id, begun: ENGINE_STATUS !== queued }]
    })
  })
}

function storedIn(file: string): z.infer<typeof Stored> | null {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(file)
  try {
    const rows = db.prepare("select key, value from _cf_KV where key in ('INSTANCE_METADATA', 'ENGINE_STATUS')").all()
    const entries = rows.map(({ key, value }) => [key, value instanceof Uint8Array ? deserialize(value) : undefined])
    return Stored.parse(Object.fromEntries(entries))
  } catch {
    return null
  } finally {
    db.close()
  }
}

/**
 * Wakes what the runtime left asleep: after a restart no sleep ends and no step goes on by itself.
 * Once `stop` is aborted it begins no other.
 */
export async function revive(
  mf: Miniflare,
  { name }: Manifest,
  instances: readonly Unfinished[],
  stop: AbortSignal,
): Promise<void> {
  if (instances.length === 0) return
  const bindings = await mf.getBindings<Record<string, Workflow | undefined>>(name)
  for (const { binding, id, begun } of instances) {
    if (stop.aborted) return
    try {
      const instance = await bindings[binding]?.get(id)
      await (begun ? instance && wake(instance) : instance?.restart())
    } catch (error) {
      console.error(`Workflow instance ${id} of ${binding} could not be revived:`, error)
    }
  }
}

/** Finished steps are not run again. A resume before the pause is complete would leave the instance asleep. */
async function wake(instance: Instance): Promise<void> {
  await instance.pause()
  for (let tries = 0; tries < 100; tries += 1) {
    const { status } = await instance.status()
    if (status !== 'waitingForPause') break
    await pause(10)
  }
  await instance.resume()
}
