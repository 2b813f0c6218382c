import { createHash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Secrets } from '../../platform/redact.ts'
import { addressOf, collectSecrets, longestAttributes } from '../resources/inventory.ts'
import { contentOf, identify } from '../resources/object.ts'
import { breath } from './breath.ts'
import { isSensitiveOutput } from './comparison.ts'
import type { Block } from './document.ts'
import type { LedgerStore } from './ledger-store.ts'
import { readStored } from './reading.ts'

/** How many resources, and outputs, of two versions are compared, and how many characters of one side are held for it. */
const most = { things: 1000, characters: 4_000_000 }

/** A value by its fingerprint, with the characters of its JSON: two states of 25 MB cannot be held. */
type Print = { readonly hash: string; readonly size: number }
type Prints = ReadonlyMap<string, Print>

/** What a version holds: its resources by address and its outputs by name. */
export type Survey = { readonly resources: Prints; readonly outputs: Prints; readonly unreadable: number }

/** Reads a version, and adds its secrets to those that must be hidden. */
export async function survey(store: LedgerStore, upload: string, secrets: Secrets): Promise<Survey> {
  const [resources, outputs] = [new Map<string, Print>(), new Map<string, Print>()]
  let unreadable = 0
  const instance = (block: Block, object: unknown) => {
    collectSecrets(object, secrets)
    const address = managedAddress(block, object)
    if (address === 'unreadable') unreadable += 1
    // As in the inventory, the first of two objects with one address counts.
    else if (address !== 'unmanaged' && !resources.has(address)) resources.set(address, printOfObject(block, object))
  }
  const output = (name: string, given: unknown) => {
    if (isSensitiveOutput(given)) secrets.collect(given.value, [[]])
    outputs.set(name, printOf(Output.parse(given).value, 0))
  }
  for (const _ of readStored(store, upload, { instance, output })) await breath()
  return { resources, outputs, unreadable }
}

function managedAddress(block: Block, object: unknown): string {
  const found = identify(block, object)
  if (!found) return 'unreadable'
  return found.block.mode === 'managed' ? addressOf(found.block, found.instance) : 'unmanaged'
}

/** What is compared of an output and of an object. */
export const Output = z
  .object({ value: z.unknown(), sensitive: z.boolean().catch(false) })
  .catch({ value: null, sensitive: false })
const Instance = z
  .object({
    index_key: z.unknown(),
    deposed: z.unknown(),
    status: z.unknown(),
    attributes: z.unknown(),
    sensitive_attributes: z.unknown(),
  })
  .partial()

function printOfObject({ provider }: Block, object: unknown): Print {
  const { status, attributes, sensitive_attributes: marks } = Instance.parse(object)
  return printOf([provider, status, attributes], JSON.stringify(marks ?? null).length)
}

function printOf(value: unknown, more: number): Print {
  const text = canonical(value)
  return { hash: createHash('sha256').update(text).digest('base64url').slice(0, 16), size: text.length + more }
}

/** The same text for the same value, in whatever order its members were written. */
function canonical(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
  return text ?? 'null'
}

/** What of two versions is compared, in order, and whether its values are: those of a huge thing are left out. */
export type Chosen = {
  readonly resources: ReadonlyMap<string, boolean>
  readonly outputs: ReadonlyMap<string, boolean>
  readonly isAll: boolean
}

/** Chooses what differs between two versions, as much of it as fits into memory and an answer. */
export function choose(before: Survey, after: Survey): Chosen {
  let left = most.characters
  let isAll = true
  const among = (old: Prints, now: Prints) => {
    const names = [...new Set([...old.keys(), ...now.keys()])].filter(
      (name) => old.get(name)?.hash !== now.get(name)?.hash,
    )
    isAll &&= names.length <= most.things
    const chosen = names.toSorted().slice(0, most.things)
    return new Map(
      chosen.map((name) => {
        const size = Math.max(old.get(name)?.size ?? 0, now.get(name)?.size ?? 0)
        const fits = size <= Math.min(longestAttributes, left)
        if (fits) left -= size
        return [name, fits]
      }),
    )
  }
  const [resources, outputs] = [among(before.resources, after.resources), among(before.outputs, after.outputs)]
  return { resources, outputs, isAll }
}

/** What was chosen of one version, as JSON: that takes a fraction of the memory of what it says. */
export type Kept = { readonly resources: ReadonlyMap<string, string>; readonly outputs: ReadonlyMap<string, string> }

/** Reads a version once more, for what was chosen. */
export async function collect(store: LedgerStore, upload: string, chosen: Chosen): Promise<Kept> {
  const [resources, outputs] = [new Map<string, string>(), new Map<string, string>()]
  const instance = (block: Block, object: unknown) => {
    const address = managedAddress(block, object)
    const fits = chosen.resources.get(address)
    if (fits !== undefined && !resources.has(address)) resources.set(address, textOf(block, object, fits))
  }
  const output = (name: string, given: unknown) => {
    if (chosen.outputs.get(name)) outputs.set(name, JSON.stringify(given))
  }
  const isWanted = chosen.resources.size + chosen.outputs.size > 0
  for (const _ of isWanted ? readStored(store, upload, { instance, output }) : []) await breath()
  return { resources, outputs }
}

function textOf({ mode, type, name, provider, module }: Block, object: unknown, fits: boolean): string {
  const { attributes, sensitive_attributes: marks, ...instance } = Instance.parse(object)
  const content = fits ? { attributes, sensitive_attributes: marks } : { attributes: insteadOf(object) }
  return JSON.stringify({ block: { mode, type, name, provider, module }, instance: { ...instance, ...content } })
}

/** Tells of attributes that are not kept whether they are others, and another object's. */
function insteadOf(object: unknown): Record<string, unknown> {
  const { attributes } = contentOf(object)
  return { id: attributes['id'], print: printOf(attributes, 0).hash }
}
