import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { CloudflareError } from '../gateway/cloudflare.ts'
import type { Cloudflare } from '../gateway/cloudflare.ts'

const Named = z.object({ id: z.string(), name: z.string() })
const Secret = Named.extend({ comment: z.string().nullish() })
const Added = z.tuple([Named.pick({ id: true })])
const Quota = z.object({ secrets: z.object({ quota: z.number(), usage: z.number() }) })

/** What the store is called that is made where there is none. */
const usualName = 'default_secrets_store'
const stores = '/secrets_store/stores'

/** Where a secret is. */
export type Place = { readonly store: string; readonly secret: string }

/** How a lease's secret is called, and told from others. */
export type Label = { readonly secretName: string; readonly label: string }

/**
 * The Secrets Store that leased values go to: the one that the setting SECRETS_STORE names, by name or identifier, or else
 * the account's only one. Made when there is none.
 * @throws CloudflareError, Problem (unavailable)
 */
export async function findStore(cloudflare: Cloudflare, wanted: string): Promise<string> {
  const found = await existingStore(cloudflare, wanted)
  if (found !== null) return found
  try {
    await cloudflare.call(z.unknown(), 'POST', stores, { json: { name: wanted || usualName } })
  } catch (error) {
    // 1003: there is one by now, or one of another name, and Cloudflare gives an account only one.
    if (!(error instanceof CloudflareError && error.code === 1003)) throw error
  }
  const made = await existingStore(cloudflare, wanted)
  if (made !== null) return made
  throw new Problem('unavailable', `The account's Secrets Store is not called ${wanted}, as SECRETS_STORE says.`)
}

/** The same, but none is made. */
export async function existingStore(cloudflare: Cloudflare, wanted: string): Promise<string | null> {
  for await (const { id, name } of cloudflare.list(Named, stores))
    if (wanted === '' || wanted === name || wanted === id) return id
  return null
}

/** How many secrets the account may still have. */
export async function placesLeft(cloudflare: Cloudflare): Promise<number> {
  const { secrets } = await cloudflare.call(Quota, 'GET', '/secrets_store/quota')
  return secrets.quota - secrets.usage
}

/** The secret of a name, and whether it is the one that this lease made. */
export async function findSecret(cloudflare: Cloudflare, store: string, { secretName, label }: Label) {
  const path = `${stores}/${store}/secrets?search=${encodeURIComponent(secretName)}`
  for await (const { id, name, comment } of cloudflare.list(Secret, path))
    if (name === secretName) return { id, isOwn: comment === label }
  return null
}

/**
 * Puts a value into the store: into the secret that is there, or into a new one.
 * @param known where it was put before, if it was
 * @returns null when the store has no place for it
 * @throws Problem (conflict) when a secret of this name is another's; CloudflareError
 */
export async function putValue(
  cloudflare: Cloudflare,
  wanted: string,
  { known, value, ...named }: Label & { readonly known: Place | null; readonly value: string },
): Promise<Place | null> {
  if (known && (await replaced(cloudflare, known, value))) return known
  const store = await findStore(cloudflare, wanted)
  try {
    const json = [{ name: named.secretName, value, scopes: ['workers'], comment: named.label }]
    const [made] = await cloudflare.call(Added, 'POST', `${stores}/${store}/secrets`, { json })
    return { store, secret: made.id }
  } catch (error) {
    if (isFull(error)) return null
    if (isTaken(error)) return putAgain(cloudflare, store, { ...named, value })
    throw error
  }
}

/** Replaces the value of a secret that this lease made when nobody heard of it. */
async function putAgain(
  cloudflare: Cloudflare,
  store: string,
  { value, ...named }: Label & { readonly value: string },
): Promise<Place> {
  const there = await findSecret(cloudflare, store, named)
  const place = there?.isOwn ? { store, secret: there.id } : null
  if (place && (await replaced(cloudflare, place, value))) return place
  throw takenBy(named.secretName)
}

export function takenBy(name: string): Problem {
  return new Problem('conflict', `The Secrets Store has a secret ${name} that is no lease's, or of one that is ending.`)
}

/** Replaces a value in place: who binds the secret reads the new one from then on. Whether the secret was there. */
async function replaced(cloudflare: Cloudflare, place: Place, value: string): Promise<boolean> {
  const answer = z.object({ id: z.literal(place.secret) })
  return wasThere(cloudflare.call(answer, 'PATCH', pathOf(place), { json: { value } }))
}

export async function deleteSecret(cloudflare: Cloudflare, place: Place): Promise<void> {
  await wasThere(cloudflare.call(z.object({ id: z.literal(place.secret) }).nullish(), 'DELETE', pathOf(place)))
}

function pathOf({ store, secret }: Place): string {
  return `${stores}/${store}/secrets/${secret}`
}

/** Waits for a call; that what it concerns is gone is no failure. */
export async function wasThere(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch (error) {
    if (error instanceof CloudflareError && error.isMissing) return false
    throw error
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof CloudflareError && error.message.includes('already_exists')
}

function isFull(error: unknown): boolean {
  return error instanceof CloudflareError && error.code === 1003 && /maximum|quota|limit/.test(error.message)
}
