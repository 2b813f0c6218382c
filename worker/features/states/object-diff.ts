import { z } from '@hono/zod-openapi'
import type { Secrets, Step } from '../../platform/redact.ts'
import { describe, difference } from '../resources/inventory.ts'
import type { Item } from '../resources/inventory.ts'
import { contentOf } from '../resources/object.ts'
import type { ObjectChange, ValueChange } from './schema.ts'
import { Output } from './survey.ts'
import { valueChanges } from './value-diff.ts'

/** How many values one answer lists. */
const mostValues = 10_000

/** The same thing in two versions, as the JSON that was kept of it; undefined where there is none. */
export type Pair = { readonly before: string | undefined; readonly after: string | undefined }

const KeptObject = z.object({ block: z.unknown(), instance: z.unknown() })
type KeptObject = z.infer<typeof KeptObject>

/** Tells what differs between what was kept of two versions, once all secrets of both are gathered. */
export class ObjectDiff {
  readonly #secrets: Secrets
  #left = mostValues

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  /** Whether all values that differ were listed so far. */
  get isAll(): boolean {
    return this.#left >= 0
  }

  /** Adds what one of two versions marks as a secret, and what the other one has in that place. */
  gather(pair: Pair): void {
    const { before, after, marks } = objectsOf(pair)
    for (const object of [before, after]) this.#secrets.collect(attributesOf(object), marks)
  }

  /** The same for an output. */
  gatherOutput(pair: Pair): void {
    const { before, after, isSecret } = outputsOf(pair)
    for (const output of isSecret ? [before, after] : []) this.#secrets.collect(output?.value, [[]])
  }

  /** What happened to a resource, or null when nothing did that counts; `fits` tells whether its attributes were kept. */
  change(address: string, pair: Pair, fits: boolean): ObjectChange | null {
    const { before, after, marks } = objectsOf(pair)
    const [old, now] = [this.#item(before), this.#item(after)]
    const shown = now ?? old
    if (!shown) return null
    const attributes = fits ? this.#listed(attributesOf(before), attributesOf(after), marks) : []
    const truncated = !fits || !this.isAll
    const { type, provider } = shown.facts
    const only = now ? 'create' : 'delete'
    const action = old && now ? actionOn(old, now, attributes.length > 0 || truncated) : only
    return action && { address, type, provider, action, attributes, truncated }
  }

  /** What differs in an output. */
  output(name: string, pair: Pair): ValueChange[] {
    const { before, after, isSecret } = outputsOf(pair)
    return this.#listed({ [name]: before?.value }, { [name]: after?.value }, isSecret ? [[name]] : [])
  }

  #listed(before: Record<string, unknown>, after: Record<string, unknown>, marks: Step[][]): ValueChange[] {
    const listed: ValueChange[] = []
    for (const change of valueChanges(before, after, marks, this.#secrets)) {
      this.#left -= 1
      if (!this.isAll) break
      listed.push(change)
    }
    return listed
  }

  #item(object: KeptObject | null): Item | null {
    const item = object && describe(object.block, object.instance, this.#secrets)
    return typeof item === 'string' ? null : item
  }
}

/** What happened to an object that both versions have. Fingerprints differ by the order of members, too: `mayDiffer`. */
function actionOn(old: Item, now: Item, mayDiffer: boolean): ObjectChange['action'] | null {
  const found = difference(old.facts, now.facts, false)?.action
  if (found === 'replace') return found
  if (old.provider_address !== now.provider_address || (found === 'update' && mayDiffer)) return 'update'
  if (old.facts.status === now.facts.status) return null
  return now.facts.status === 'tainted' ? 'taint' : 'untaint'
}

function objectsOf(pair: Pair) {
  const [before, after] = [parsed(pair.before), parsed(pair.after)]
  const marks: Step[][] = [before, after].flatMap((object) => contentOf(object?.instance).sensitive)
  return { before, after, marks }
}

function parsed(text: string | undefined): KeptObject | null {
  return text === undefined ? null : KeptObject.parse(JSON.parse(text))
}

function attributesOf(object: KeptObject | null): Record<string, unknown> {
  return contentOf(object?.instance).attributes
}

function outputsOf(pair: Pair) {
  const [before, after] = [pair.before, pair.after].map((text) =>
    text === undefined ? null : Output.parse(JSON.parse(text)),
  )
  return { before, after, isSecret: before?.sensitive === true || after?.sensitive === true }
}
