import type { Reference } from './grant.ts'
import { elementsOf, entriesOf, objectsIn, textsAt, textsIn } from './members.ts'
import { ownOf } from './own.ts'
import type { Namings } from './references.ts'

/** Members that name something wherever Cloudflare has them: a pipeline's bucket, what an index is made of. */
const members: Readonly<Record<string, string>> = {
  bucket: 'r2',
  bucket_name: 'r2',
  bucketname: 'r2',
  database_id: 'd1',
  queue_name: 'queue',
  script_name: 'script',
  scriptname: 'script',
  scriptid: 'script',
  worker_name: 'script',
}

/** What an object names by its type: the source of a search index, the Worker that mail is sent to. */
const typed: Readonly<Record<string, { readonly member: string; readonly kind: string }>> = {
  r2: { member: 'source', kind: 'r2' },
  worker: { member: 'value', kind: 'script' },
}

/**
 * For bodies of operations that no table describes: what they seem to name, anywhere in them, and every text that is, as
 * a whole, a name of something of ours.
 */
export const mentions: Namings = {
  '*': (value) => [...objectsIn(value).flatMap(namedBy), ...textsIn(value).flatMap(ownOf)],
}

function namedBy(object: unknown): Reference[] {
  const plain = Object.entries(members).flatMap(([member, kind]) =>
    textsAt(object, member).map((name) => ({ kind, name })),
  )
  const told = textsAt(object, 'type').flatMap((type) => {
    const { member, kind } = typed[type] ?? {}
    if (member === undefined || kind === undefined) return []
    return entriesOf(object, member)
      .flatMap((inner) => (typeof inner === 'string' ? [inner] : elementsOf(inner)))
      .flatMap((name) => (typeof name === 'string' ? [{ kind, name }] : []))
  })
  return [...plain, ...told]
}
