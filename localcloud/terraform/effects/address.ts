import { ApiRefusal } from './effect.ts'

/** The address of a local cloud. Nothing here may reach a real account. */
export function localAddress(name: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null
  if (!url) throw new ApiRefusal(0, `The address of ${name} is not a URL: ${address}`)
  if (['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) return address.replace(/\/+$/, '')
  throw new ApiRefusal(0, `The stand-in works on a local cloud only; ${name} is at ${url.host}.`)
}

/** A text that is set. */
export function textOf(...candidates: readonly unknown[]): string | null {
  for (const each of candidates) if (typeof each === 'string' && each !== '') return each
  return null
}
