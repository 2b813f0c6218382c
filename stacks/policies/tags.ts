import type { IAspect } from 'cdktf'
import { z } from 'zod'
import type { Settings } from '../schema/settings.ts'
import { declaredBy, policy } from './policy.ts'

/** What tells, on a bill and in a portal, whose a resource is and where it is declared. */
export function tagsOf({ project, owner }: Pick<Settings, 'project' | 'owner'>): Record<string, string> {
  return { project, owner, 'managed-by': 'throughline' }
}

const Tags = z.record(z.string(), z.unknown()).catch({})

/** Every resource that can have tags has these. Only Azure's are pairs of a name and a value. */
export function tagging(settings: Pick<Settings, 'project' | 'owner'>): IAspect {
  const wanted = Object.entries(tagsOf(settings))
  return policy(function* (node) {
    const declared = declaredBy(node)
    if (!declared?.type.startsWith('azurerm_') || !('tagsInput' in node)) return
    const tags = Tags.parse(declared.attributes['tags'])
    const missing = wanted.filter(([name, value]) => tags[name] !== value).map(([name]) => name)
    if (missing.length > 0) yield `${declared.type} lacks the tags ${missing.join(', ')}; add tags: tagsOf(settings).`
  })
}
