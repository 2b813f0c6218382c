import { Worker_Binding_CryptoKey_Usage as Numbers } from 'miniflare'
import { z } from 'zod'

/** What a key may be used for, as the API and Web Crypto say it. */
export const Usage = z.enum(['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits', 'wrapKey', 'unwrapKey'])

/** The same as the runtime's configuration counts it. */
export const usageNumbers = {
  encrypt: Numbers.ENCRYPT,
  decrypt: Numbers.DECRYPT,
  sign: Numbers.SIGN,
  verify: Numbers.VERIFY,
  deriveKey: Numbers.DERIVE_KEY,
  deriveBits: Numbers.DERIVE_BITS,
  wrapKey: Numbers.WRAP_KEY,
  unwrapKey: Numbers.UNWRAP_KEY,
}
