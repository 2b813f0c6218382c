import { readFileSync, statSync } from 'node:fs'

/** The text of a file; null when it cannot be read, is larger than so many bytes, or is none: a pipe is read only once. */
export function textOfSmall(file: string, largest: number): string | null {
  try {
    const stat = statSync(file)
    return stat.isFile() && stat.size <= largest ? readFileSync(file, 'utf8') : null
  } catch {
    return null
  }
}

/** What work gives, or something else when it throws. */
export function attempt<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work()
  } catch {
    return otherwise
  }
}
