import { generateKeyPairSync, randomInt } from 'node:crypto'
import { sql } from '../platform/sql.ts'
import type { Store } from '../platform/store.ts'
import { SecretKey } from './schema.ts'

/** The key to seal secrets of one scope with: X25519, as libsodium's sealed boxes want it. Made once, then kept. */
export function keyFor(store: Store, scope: string): SecretKey {
  const find = () =>
    store.first(sql`select key_id, public_key, private_key from secret_keys where scope = ${scope}`, SecretKey)
  const known = find()
  if (known) return known
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const key = {
    // Eighteen digits, as GitHub's have.
    key_id: `${randomInt(100_000_000, 999_999_999)}${randomInt(100_000_000, 999_999_999)}`,
    public_key: rawOf(publicKey.export({ format: 'jwk' }).x),
    private_key: rawOf(privateKey.export({ format: 'jwk' }).d),
  }
  store.insert('secret_keys', { scope, ...key })
  return key
}

function rawOf(part: string | undefined): string {
  return Buffer.from(part ?? '', 'base64url').toString('base64')
}

/** Whether a text can be a sealed box at all: a public key of 32 bytes and a tag of 16 before the message. */
export function isSealed(text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length >= 48 && bytes.toString('base64').replaceAll('=', '') === text.replaceAll('=', '')
}
