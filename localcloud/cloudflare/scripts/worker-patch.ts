import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Cloud } from '../cloud.ts'
import { intentOf } from './calls.ts'
import { proveBinding, resolveBindings } from './checks.ts'
import { storeVersion } from './deploy.ts'
import { draftFrom } from './derive.ts'
import type { Difference } from './derive.ts'
import { problems } from './errors.ts'
import { SentBinding } from './metadata.ts'
import { Annotations, Binding } from './schema.ts'
import type { Version } from './schema.ts'
import { changed } from './secret-routes.ts'
import { partsOf, storeModules } from './upload.ts'
import { shownWorkerVersion } from './worker-present.ts'

/** A merge patch: what is missing stays. `env` maps names to bindings, and null takes one away. */
const Patch = z.looseObject({
  env: z.record(z.string(), z.union([z.null(), z.looseObject({ type: z.string() })])).optional(),
  bindings: z.array(SentBinding).optional(),
  modules: z.unknown().optional(),
  main_module: z.string().optional(),
  compatibility_date: z.string().optional(),
  compatibility_flags: z.array(z.string()).optional(),
  limits: z.unknown().optional(),
  placement: z.unknown().optional(),
  annotations: Annotations.nullish(),
})
type Patch = z.infer<typeof Patch>

/** Makes a version that is the newest one but for what a merge patch changes. */
export async function changedLatest(c: Context, cloud: Cloud, name: string, deploys: boolean): Promise<object> {
  const patch = await readJson(c, Patch, problems.badBody)
  const intent = intentOf(c, { namespace: '', name }, deploys)
  const make = draftFrom(c, (previous) => differenceOf(cloud, name, patch, previous))
  const { script, version } = await storeVersion(cloud, intent, make)
  return shownWorkerVersion(cloud, script, version)
}

function differenceOf(cloud: Cloud, name: string, patch: Patch, previous: Version): Difference {
  const place = { namespace: '', name }
  const listed = patch.bindings
    ? resolveBindings(
        { store: cloud.store, place },
        { bindings: patch.bindings, keep_bindings: ['secret_text', 'secret_key'] },
        previous,
        true,
      )
    : previous.bindings
  const named = Object.entries(patch.env ?? {}).map(([key, sent]) => {
    const binding = sent && Binding.parse({ ...sent, name: key })
    if (binding) proveBinding(binding, { store: cloud.store, place })
    return [key, binding]
  })
  const main = patch.main_module ?? previous.main
  return {
    main,
    bindings: changed(listed, Object.fromEntries(named)),
    ...(patch.modules === undefined ? {} : { modules: storeModules(partsOf(patch.modules), main, false, cloud.blobs) }),
    ...(patch.compatibility_date === undefined ? {} : { compatibility_date: patch.compatibility_date }),
    ...(patch.compatibility_flags === undefined ? {} : { compatibility_flags: patch.compatibility_flags }),
    usage: { ...previous.usage, ...defined({ limits: patch.limits, placement: patch.placement }) },
    annotations: { ...patch.annotations },
  }
}

function defined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
