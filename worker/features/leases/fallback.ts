import { z } from '@hono/zod-openapi'
import { isTokenForm } from '../access/token.ts'

const Settings = z.object({ LEASE_KEY: z.string().refine(isTokenForm) })

/** Whether a value could be kept outside of the Secrets Store. */
export function hasFallback(env: Env): boolean {
  return Settings.safeParse(env).success
}

/**
 * Encrypts a token's value with AES-GCM under the Worker's secret LEASE_KEY, for the time that the Secrets Store is full.
 * It opens for this token only.
 * @returns base64url of a random IV of 12 bytes, the ciphertext and its tag; null without a usable key
 */
export async function seal(env: Env, tokenId: string, value: string): Promise<string | null> {
  const key = await keyIn(env)
  if (!key) return null
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const sealed = await crypto.subtle.encrypt(termsFor(tokenId, iv), key, Buffer.from(value))
  return Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url')
}

/** What was sealed; null when the key is another, or the text is not as it was sealed. */
export async function unseal(env: Env, tokenId: string, sealed: string): Promise<string | null> {
  const key = await keyIn(env)
  if (!key) return null
  const bytes = Buffer.from(sealed, 'base64url')
  const opened = crypto.subtle.decrypt(termsFor(tokenId, bytes.subarray(0, 12)), key, bytes.subarray(12))
  return opened.then(
    (value) => Buffer.from(value).toString('utf8'),
    () => null,
  )
}

function termsFor(tokenId: string, iv: Uint8Array) {
  return { name: 'AES-GCM', iv, additionalData: Buffer.from(tokenId) }
}

/** The secret is random, so that nothing slow is needed to make a key of it. */
async function keyIn(env: Env): Promise<CryptoKey | null> {
  const { data } = Settings.safeParse(env)
  if (!data) return null
  const secret = await crypto.subtle.importKey('raw', Buffer.from(data.LEASE_KEY), 'HKDF', false, ['deriveKey'])
  const terms = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: Buffer.from('throughline lease') }
  return crypto.subtle.deriveKey(terms, secret, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}
