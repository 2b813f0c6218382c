import { Problem } from '../../platform/problem.ts'
import { transact } from '../../platform/sql.ts'
import { linkFlowResource, unlinkFlowResource } from '../deployments/flow-run.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import { orMissing, products } from './products.ts'
import type { BoundKind } from './products.ts'
import {
  confirmResource,
  forgetResource,
  noteResource,
  ownerOf,
  renoteResource,
  resourcesOf,
} from './project-queries.ts'
import type { OwnedResource } from './project-queries.ts'
import type { ResourceKind } from './schema.ts'
import type { StepContext } from './step.ts'

/** A resource of a project by the name of its binding. */
export type Wanted = { readonly kind: BoundKind; readonly binding: string; readonly name: string }

/**
 * Makes sure of a resource: the one that the project has, one that its script binds already (which is adopted), or a new
 * one. It is noted before it is made, so that one whose making was never answered is known as the project's.
 * @param bound identifiers of what the project's script binds
 * @returns its identifier
 * @throws Problem (conflict) when the name is somebody else's
 */
export async function ensureResource(context: StepContext, wanted: Wanted, bound: readonly string[]): Promise<string> {
  const { db, cloudflare, project } = context
  const { kind, name } = wanted
  const [known, found] = await Promise.all([ownerOf(db, kind, name), products[kind].find(cloudflare, name)])
  if (known && known.project !== project) throw foreign(kind, name, `belongs to the project ${known.project}`)
  if (found === null) return make(context, wanted, known)
  if (known && (known.id === null || known.id === found)) {
    if (known.id === null) await confirm(context, wanted, known.origin, found)
    return found
  }
  if (!bound.includes(found)) throw foreign(kind, name, notOurs)
  if (known) await forget(context, wanted)
  await noteResource(db, { ...wanted, project, origin: 'adopted', run: context.run }, null, context.at)
  await confirm(context, wanted, 'adopted', found)
  return found
}

async function make(context: StepContext, wanted: Wanted, known: OwnedResource | null): Promise<string> {
  const { db, cloudflare, project, run, at } = context
  const { kind, name } = wanted
  const intent = { ...wanted, project, origin: 'created', run } as const
  const isNew = await noteResource(db, intent, null, at)
  // Somebody deleted it by hand, or an earlier try came no further.
  if (!isNew && known) await renoteResource(db, intent)
  if (!isNew && !known) throw foreign(kind, name, 'is just being made for another project')
  try {
    const id = await products[kind].make(cloudflare, name)
    await confirm(context, wanted, 'created', id)
    return id
  } catch (error) {
    if (!(error instanceof CloudflareError) || error.code !== products[kind].taken) throw error
    // An earlier try of ours may have made it, and it is not listed yet: then it will be.
    if (!isNew) throw new CloudflareError(503, error.code, error.message)
    await forget(context, wanted)
    throw foreign(kind, name, notOurs)
  }
}

type Named = { readonly kind: ResourceKind; readonly name: string }

/** Notes that something is there, and that this run has made or adopted it. */
export async function confirm(
  { db, deployment, at }: StepContext,
  { kind, name }: Named,
  done: 'created' | 'adopted',
  id: string,
): Promise<void> {
  const link = deployment === null ? [] : [linkFlowResource(deployment, done, `${kind}:${name}`, id, at)]
  await transact(db, [confirmResource(kind, name, id), ...link])
}

/** Forgets what this run had made or adopted. */
export async function forget({ db, deployment }: StepContext, { kind, name }: Named): Promise<void> {
  const link = deployment === null ? [] : [unlinkFlowResource(deployment, `${kind}:${name}`)]
  await transact(db, [forgetResource(kind, name), ...link])
}

/**
 * Keeps what the project's script binds by this name already, whatever it is called.
 * @param target what the binding leads to: an identifier, or a queue's name
 * @returns its identifier
 */
export async function keepResource(context: StepContext, wanted: Wanted, target: string): Promise<string> {
  const { db, cloudflare, project, run, at } = context
  const { kind } = wanted
  const rows = (await resourcesOf(db, project)).filter((row) => row.kind === kind)
  const known = rows.find(({ id, name }) => (kind === 'queue' ? name : id) === target)
  if (known?.id) return known.id
  const name = kind === 'queue' ? target : wanted.name
  const found = await products[kind].find(cloudflare, name)
  const id = kind === 'queue' ? (found ?? target) : target
  const named = found === id ? { ...wanted, name } : { ...wanted, name: id }
  const isNew = await noteResource(db, { ...named, project, origin: 'adopted', run }, null, at)
  if (isNew) await confirm(context, named, 'adopted', id)
  return id
}

/** Takes away a resource that this run has made, and forgets one that it has adopted. */
export async function undoResource(context: StepContext, { kind, name }: Wanted): Promise<void> {
  const { db, cloudflare, project, run } = context
  const known = await ownerOf(db, kind, name)
  if (known?.project !== project || known.run !== run) return
  if (known.origin === 'created') {
    const id = await products[kind].find(cloudflare, name)
    if (id !== null) await removeResource(context, kind, id)
  }
  await forget(context, { kind, name })
}

/** Deletes a resource; one that is gone is no failure. */
export async function removeResource({ cloudflare }: StepContext, kind: BoundKind, id: string): Promise<void> {
  await orMissing(async () => cloudflare.done('DELETE', products[kind].path(id)))
}

/** Notes that something is gone, and that this run has deleted it. */
export async function dropped({ db, deployment, at }: StepContext, { kind, name }: Named, id: string | null) {
  const link = deployment === null ? [] : [linkFlowResource(deployment, 'deleted', `${kind}:${name}`, id, at)]
  await transact(db, [forgetResource(kind, name), ...link])
}

/** Why a name may not be taken that somebody else has. */
export const notOurs =
  'is there already and does not belong to this project: name the project otherwise, or delete that first'

/** Something of a name that may not be taken. */
export function foreign(kind: ResourceKind, name: string, why: string): Problem {
  return new Problem('conflict', `The ${nouns[kind]} ${name} ${why}.`, { extensions: { resource: `${kind}:${name}` } })
}

export const nouns: Readonly<Record<ResourceKind, string>> = {
  script: 'Worker',
  d1: 'D1 database',
  kv: 'KV namespace',
  r2: 'R2 bucket',
  queue: 'queue',
}
