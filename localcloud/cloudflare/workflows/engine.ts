import { createHash, createHmac } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize } from 'node:v8'
import { z } from 'zod'
import { sqlite } from '../../../scripts/embedded/sqlite.ts'
import type { Cloud } from '../cloud.ts'

/** The engine's numbers for what an instance is doing. */
export const statuses = [
  'queued',
  'running',
  'paused',
  'errored',
  'terminated',
  'complete',
  'waitingForPause',
  'waiting',
] as const
export type Status = (typeof statuses)[number]

/** Whether an instance has come to an end, good or bad. */
export function isOver(status: Status): boolean {
  return status === 'complete' || status === 'errored' || status === 'terminated'
}

/** One line of the journal that the engine keeps of an instance. */
const Entry = z.object({
  timestamp: z.string().transform((text) => `${text.replace(' ', 'T')}Z`),
  event: z.int(),
  groupKey: z.string().nullable(),
  target: z.string().nullable(),
  metadata: z
    .string()
    .transform((text): Record<string, unknown> => z.record(z.string(), z.unknown()).catch({}).parse(JSON.parse(text))),
})
export type Entry = z.infer<typeof Entry>

/** An instance as the engine's file has it. */
export type Instance = {
  readonly id: string
  readonly createdOn: string
  readonly status: Status
  readonly journal: readonly Entry[]
}

const Stored = z.object({
  INSTANCE_METADATA: z.object({ instance: z.object({ id: z.string(), created_on: z.string() }) }),
  ENGINE_STATUS: z
    .int()
    .min(0)
    .max(statuses.length - 1)
    .default(0),
})

const keyOf = (workflow: string): string => `miniflare-workflows-${workflow}`
const folderOf = ({ folder }: Pick<Cloud, 'folder'>, workflow: string): string =>
  join(folder, 'runtime', 'workflows', keyOf(workflow))

/** Where the engine keeps an instance. */
function fileOf(cloud: Pick<Cloud, 'folder'>, workflow: string, id: string): string {
  const key = createHash('sha256').update(keyOf(workflow)).digest()
  const half = createHmac('sha256', key).update(id).digest().subarray(0, 16)
  const proof = createHmac('sha256', key).update(half).digest().subarray(0, 16)
  return join(folderOf(cloud, workflow), `${Buffer.concat([half, proof]).toString('hex')}.sqlite`)
}

/** The instance with this identifier, read beside the engine without waking it. */
export function instanceWith(cloud: Pick<Cloud, 'folder'>, workflow: string, id: string): Instance | null {
  const file = fileOf(cloud, workflow, id)
  return existsSync(file) ? read(file) : null
}

/** All instances of a Workflow. The engine itself has no list of them. */
export function instancesOf(cloud: Pick<Cloud, 'folder'>, workflow: string): Instance[] {
  const folder = folderOf(cloud, workflow)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .flatMap((name) => read(join(folder, name)) ?? [])
}

function read(file: string): Instance | null {
  const { DatabaseSync } = sqlite()
  const db = new DatabaseSync(file)
  try {
    const rows = db.prepare("select key, value from _cf_KV where key in ('INSTANCE_METADATA', 'ENGINE_STATUS')").all()
    const kept = rows.map(({ key, value }) => [key, value instanceof Uint8Array ? deserialize(value) : undefined])
    const { INSTANCE_METADATA: metadata, ENGINE_STATUS: status } = Stored.parse(Object.fromEntries(kept))
    const journal = db.prepare('select timestamp, event, groupKey, target, metadata from states order by id').all()
    return {
      id: metadata.instance.id,
      createdOn: metadata.instance.created_on,
      status: statuses[status] ?? 'queued',
      journal: journal.map((entry) => Entry.parse(entry)),
    }
  } catch {
    // The engine has opened the file but not written to it.
    return null
  } finally {
    db.close()
  }
}

/** Removes what the engine has of an instance, or of all; only while the engine does not run. */
export function forget(cloud: Pick<Cloud, 'folder'>, workflow: string, id: string | null): void {
  if (id === null) rmSync(folderOf(cloud, workflow), { recursive: true, force: true })
  else for (const end of ['', '-wal', '-shm']) rmSync(fileOf(cloud, workflow, id) + end, { force: true })
}
