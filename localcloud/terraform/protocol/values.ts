import { ExtensionCodec, decode, encode } from '@msgpack/msgpack'
import { z } from 'zod'

/** A value that only an apply will tell. */
export class Unknown {
  readonly isUnknown = true
}
export const unknownValue = new Unknown()

/** An object of a schema: every name of it is there. Attributes without a value are null. */
export type Values = Readonly<Record<string, unknown>>

const Values = z.record(z.string(), z.unknown())

const extensionCodec = new ExtensionCodec()
extensionCodec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => unknownValue,
})
// An unknown of which something is said: that it is not null, how it begins.
extensionCodec.register({ type: 12, encode: () => null, decode: () => unknownValue })

const Bytes = z.instanceof(Uint8Array)
/** A value on the wire. */
export const Wire = z
  .object({ msgpack: Bytes, json: Bytes })
  .nullish()
  .transform((wire) => valuesIn(wire?.msgpack, wire?.json))

function valuesIn(packed: Uint8Array | undefined, json: Uint8Array | undefined): Values | null {
  if (packed?.length) return Values.nullable().parse(decode(packed, { extensionCodec }))
  return json?.length ? Values.nullable().parse(JSON.parse(Buffer.from(json).toString())) : null
}

export function toWire(values: Values | null): { readonly msgpack: Buffer } {
  return { msgpack: Buffer.from(encode(values, { extensionCodec })) }
}

/** An object among values; null for anything else. */
export function objectIn(value: unknown): Values | null {
  if (value instanceof Unknown || Array.isArray(value)) return null
  const parsed = Values.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** The same without what is not known: null stands there. */
export function knownIn(values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, known(value)]))
}

function known(value: unknown): unknown {
  if (value instanceof Unknown) return null
  if (Array.isArray(value)) return value.map(known)
  const object = objectIn(value)
  return object ? knownIn(object) : value
}

/** A value as a part of a path or a text; nothing is empty. */
export function textIn(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return JSON.stringify(value)
}

/** Whether two values are the same, whatever the order of names. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || canonical(one) === canonical(other)
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) => {
      if (each instanceof Unknown) return { unknown: true }
      const object = objectIn(each)
      return object ? Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each
    }) ?? ''
  )
}
