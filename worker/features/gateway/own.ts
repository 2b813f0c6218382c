import manifest from '../../wrangler.json' with { type: 'json' }
import type { Resource } from './resource.ts'

const names = (list: readonly (string | undefined)[]) => list.filter((name) => name !== undefined)

/** What the control plane itself is made of, by kind: only the owner's token may name or bind it. */
const own: Readonly<Record<string, readonly string[]>> = {
  script: [manifest.name],
  d1: manifest.d1_databases.flatMap(({ database_id: id, database_name: name }) => [id, name]),
  r2: manifest.r2_buckets.map(({ bucket_name: name }) => name),
  queue: names([
    ...manifest.queues.producers.map(({ queue }) => queue),
    ...manifest.queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) => [queue, dead]),
  ]),
  workflow: manifest.workflows.map(({ name }) => name),
  ratelimit: manifest.ratelimits.map(({ namespace_id: id }) => id),
}

/** Whether a resource is the control plane's own. Names of scripts and buckets ignore case nowhere, so to be safe here. */
export function isOwn({ kind, name }: Resource): boolean {
  return (own[kind] ?? []).some((one) => folded(one) === folded(name))
}

/** Whether all of a kind includes something of ours. */
export function holdsOwn(kind: string): boolean {
  return (own[kind] ?? []).length > 0
}

/** What of ours a text names as a whole, whatever it is meant as. The numbers of rate limits are anybody's, too. */
export function ownOf(text: string): Resource[] {
  const kinds = Object.keys(own).filter((kind) => kind !== 'ratelimit')
  return kinds.map((kind) => ({ kind, name: text })).filter(isOwn)
}

function folded(name: string): string {
  return name.trim().toLowerCase()
}
