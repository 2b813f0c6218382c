import { hostname, userInfo } from 'node:os'

/** Who works on this machine, as Terraform writes it: `alice@laptop`. */
export function person(): string {
  return `${userName()}@${hostname()}`
}

/** A container's user may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
