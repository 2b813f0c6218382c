import { createHash, randomBytes } from 'node:crypto'
import { typeOf } from '../schema/schema.ts'
import type { Attribute, Type } from '../schema/schema.ts'
import type { Invent } from './merging.ts'

/** What no API tells of a thing that is really there is null. */
export const nothing: Invent = ({ nested }) => (nested?.nesting === 'MAP' ? {} : null)

/** Values for what is only simulated. Whoever is asked twice of the same thing must say the same: `seed` names it. */
export function simulatedValues(type: string, seed: string = randomBytes(16).toString('hex')): Invent {
  return (attribute) => {
    const text = createHash('sha256').update(`${type} ${attribute.name} ${seed}`).digest('hex')
    return sample(attribute, typeOf(attribute), text)
  }
}

function sample({ name }: Attribute, type: Type, text: string): unknown {
  if (type === 'string' && /_(at|on|date)$/.test(name)) return '2026-01-01T00:00:00Z'
  if (type === 'string')
    return /(tenant|client|subscription|object|principal)_id$/.test(name) ? uuidOf(text) : text.slice(0, 32)
  if (type === 'number') return Number.parseInt(text.slice(0, 4), 16)
  if (type === 'bool') return false
  if (typeof type === 'string' || type[0] === 'object') return null
  return type[0] === 'map' ? {} : []
}

function uuidOf(text: string): string {
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5')
}
