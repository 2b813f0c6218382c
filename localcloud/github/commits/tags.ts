import { parsePerson } from '../git/commits.ts'
import type { Person } from '../git/commits.ts'

export type Tag = {
  readonly object: string
  readonly type: string
  readonly tag: string
  readonly tagger: Person
  readonly message: string
}

/** Reads an annotated tag as it lies in the repository. */
export function parseTag(body: Buffer): Tag {
  const text = body.toString()
  const cut = text.indexOf('\n\n')
  const headers = new Map(
    text
      .slice(0, cut)
      .split('\n')
      .map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  )
  return {
    object: headers.get('object') ?? '',
    type: headers.get('type') ?? '',
    tag: headers.get('tag') ?? '',
    tagger: parsePerson(headers.get('tagger') ?? ''),
    message: text.slice(cut + 2).replace(/\n$/, ''),
  }
}
