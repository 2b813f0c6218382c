import type { Context } from 'hono'
import { z } from 'zod'
import { readJson } from '../body.ts'
import type { Api, Cloud } from '../cloud.ts'
import { ok } from '../envelope.ts'
import { codeFound, intentOf, ownPlace, placeFound } from './calls.ts'
import type { PlaceOf } from './calls.ts'
import { proveBinding } from './checks.ts'
import { storeVersion } from './deploy.ts'
import { draftFrom } from './derive.ts'
import { problems } from './errors.ts'
import { shownBinding } from './present.ts'
import { activeDeployment, latestVersion } from './queries.ts'
import { Binding } from './schema.ts'
import type { Place } from './schema.ts'

const isSecret = ({ type }: Binding): boolean => type === 'secret_text' || type === 'secret_key'

const Secret = z.looseObject({ name: z.string().min(1), type: z.string().default('secret_text') })
const Bulk = z.object({
  secrets: z.record(z.string(), z.union([z.null(), z.looseObject({ type: z.string().default('secret_text') })])),
})

/** Secrets of a script: each change is a version that is put to work at once. */
export function secretRoutes(api: Api, cloud: Cloud): void {
  secretRoutesAt(api, cloud, '/accounts/:account/workers/scripts/:script', ownPlace)
}

export function secretRoutesAt(api: Api, cloud: Cloud, base: string, placeOf: PlaceOf): void {
  api.get(`${base}/secrets`, (c) => ok(secretsOf(cloud, placeOf(c))))
  api.put(`${base}/secrets`, async (c) => {
    const secret = Binding.parse(await readJson(c, Secret, problems.badBody))
    proveSecret(secret, cloud, placeOf(c))
    await change(c, cloud, placeOf(c), { [secret.name]: secret }, `Updated secret "${secret.name}"`)
    return ok(shownBinding(secret))
  })
  api.get(`${base}/secrets/:name`, (c) => ok(found(c, cloud, placeOf)))
  api.delete(`${base}/secrets/:name`, async (c) => {
    found(c, cloud, placeOf)
    const name = decodeURIComponent(c.req.param('name') ?? '')
    await change(c, cloud, placeOf(c), { [name]: null }, `Deleted secret "${name}"`)
    return ok(null)
  })
  api.patch(`${base}/secrets-bulk`, async (c) => {
    const { secrets } = await readJson(c, Bulk, problems.badBody)
    const named = Object.entries(secrets).map(([name, sent]) => {
      const secret = sent && Binding.parse({ ...sent, name })
      if (secret) proveSecret(secret, cloud, placeOf(c))
      return [name, secret]
    })
    await change(c, cloud, placeOf(c), Object.fromEntries(named), 'Bulk updated secrets')
    const shown = secretsOf(cloud, placeOf(c)).map((secret) => [secret.name, secret])
    return ok({ secrets: Object.fromEntries(shown) })
  })
}

function secretsOf(cloud: Cloud, place: Place): { name: string }[] {
  const script = placeFound(cloud, place)
  const version = latestVersion(cloud.store, script.id)
  return (version?.bindings ?? []).filter(isSecret).map((binding) => ({ ...shownBinding(binding), name: binding.name }))
}

function found(c: Context, cloud: Cloud, placeOf: PlaceOf): object {
  const name = decodeURIComponent(c.req.param('name') ?? '')
  const secret = secretsOf(cloud, placeOf(c)).find((one) => one.name === name)
  if (!secret) throw problems.secretMissing(name)
  return secret
}

type Changes = Readonly<Record<string, Binding | null>>

async function change(c: Context, cloud: Cloud, place: Place, changes: Changes, message: string): Promise<void> {
  const { script } = codeFound(cloud, place)
  const active = activeDeployment(cloud.store, script.id)?.versions.map((share) => share.version_id) ?? []
  const latest = latestVersion(cloud.store, script.id)
  if (latest && !active.includes(latest.id)) throw problems.secretNotDeployed()
  const annotations = { 'workers/triggered_by': 'secret', 'workers/message': message }
  await storeVersion(
    cloud,
    intentOf(c, place, true, { annotations: { 'workers/triggered_by': 'secret' } }),
    draftFrom(c, ({ bindings }) => ({ annotations, bindings: withSecrets(bindings, changes) })),
  )
}

function proveSecret(secret: Binding, { store }: Cloud, place: Place): void {
  if (!isSecret(secret)) throw problems.badBody(`type: ${secret.type} is no type of a secret`)
  proveBinding(secret, { store, place })
}

/** A secret never takes the place of a binding of another kind, and takes none away. */
function withSecrets(bindings: readonly Binding[], changes: Changes): Binding[] {
  const others = bindings.filter((binding) => !isSecret(binding))
  for (const { name } of others) if (changes[name]) throw problems.bindingTwice(name)
  return [...others, ...changed(bindings.filter(isSecret), changes)]
}

/** Bindings with some replaced, added or, for null, taken away. */
export function changed(bindings: readonly Binding[], changes: Changes): Binding[] {
  const kept = bindings.filter(({ name }) => !(name in changes))
  return [...kept, ...Object.values(changes).filter((binding) => binding !== null)]
}
