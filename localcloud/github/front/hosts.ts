import { isIP } from 'node:net'

/** What a name in a `Host` header must be for this server to answer; null takes any. */
export type HostCheck = ((header: string | undefined) => boolean) | null

/**
 * A page of another site can have its own name lead to this machine, and then read all that is answered here; but it
 * cannot change the name by which it calls. A server that is open to other machines may have any name there.
 */
export function hostCheckFor(listening: string): HostCheck {
  const own = listening.toLowerCase()
  if (isIP(own) !== 0 && !isLoopback(own)) return null
  return (header = '') => {
    const [, inBrackets, bare = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.toLowerCase()) ?? []
    const name = inBrackets ?? bare
    return isLoopback(name) || name === own
  }
}

function isLoopback(name: string): boolean {
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost') || /^127(\.\d{1,3}){3}$/.test(name)
}
