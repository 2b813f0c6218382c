import { Problem } from '../../platform/problem.ts'

const segment = /^[A-Za-z0-9][A-Za-z0-9._-]*$/

/** The last segment of a lock address, and so of no state's name. */
const reserved = 'lock'

/** What is wrong with a state's name, or null. `team/network/prod` is a name; its parts nest scopes, not states. */
export function faultOf(name: string): string | null {
  const parts = name.split('/')
  if (name.length > 200) return 'A state name has at most 200 characters.'
  if (parts.at(-1) === reserved) return 'A state name cannot end with the segment "lock": that is the lock of a state.'
  if (parts.every((part) => segment.test(part))) return null
  return 'A state name is segments of 0-9 A-Z a-z . _ - that start with a letter or digit, joined by "/".'
}

/** A name as it came in a path, decoded. */
export function parseName(text: string): string {
  const name = decode(text)
  const fault = name === null ? 'The state name is not valid percent-encoding.' : faultOf(name)
  if (name === null || fault !== null) throw new Problem('invalid-request', fault ?? '')
  return name
}

/** The state and whether its lock is meant, from what follows `/state/`. */
export function parseAddress(text: string): { name: string; isLock: boolean } {
  const isLock = text.endsWith(`/${reserved}`)
  return { name: parseName(isLock ? text.slice(0, -reserved.length - 1) : text), isLock }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
