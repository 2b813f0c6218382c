import { redactText } from '../../platform/redact.ts'
import type { Secrets } from '../../platform/redact.ts'

const key = String.raw`\[(?:\d+|"[^"\\]*(?:\\.[^"\\]*)*")\]`
const name = String.raw`[\p{ID_Start}_][\p{ID_Continue}-]*(?:${key})?`
const atStart = new RegExp(String.raw`^${name}(?:\.${name})+`, 'u')
const keys = new RegExp(key, 'gu')

/** An address is sought in so many characters: a longer line is none that tells of a resource. */
const longestAddress = 8192

/** The address of a resource at the start of a text, or null. Its keys may hold any character. */
export function addressAt(text: string): string | null {
  return atStart.exec(text.slice(0, longestAddress))?.[0] ?? null
}

/**
 * The address with secrets hidden in its keys. Its names come from the configuration: they are no values, and stay even
 * where one is spelled like a secret, since resources are known by them. What is no address is hidden like any text.
 */
export function hideInAddress(address: string, secrets: Secrets): string {
  if (addressAt(address) !== address) return secrets.hide(address)
  return redactText(address.replaceAll(keys, (quoted) => hideInKey(quoted, secrets)))
}

function hideInKey(quoted: string, secrets: Secrets): string {
  const plain = quoted.replaceAll(/([$%])\1\{/g, '$1{')
  const shown = secrets.hide(plain)
  return shown === plain ? quoted : shown
}
