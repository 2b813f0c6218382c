/** The bytes that JSON (RFC 8259) and UTF-8 are made of. */

export const quote = 34
export const comma = 44
export const colon = 58
export const openBracket = 91
export const backslash = 92
export const closeBracket = 93
export const openBrace = 123
export const closeBrace = 125

export const escapes = new Set(Buffer.from('"\\/bfnrt'))
export const literals: Readonly<Record<number, string>> = { 102: 'false', 110: 'null', 116: 'true' }
export const numberBytes = new Set(Buffer.from('0123456789+-.eE'))
export const hexBytes = new Set(Buffer.from('0123456789abcdefABCDEF'))
export const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
export const spaces = new Set(Buffer.from(' \n\r\t'))
export const continuation: readonly [number, number] = [0x80, 0xbf]
/** The characters of UTF-8 beyond ASCII, by their first byte (Unicode 17, table 3-7). */
export const characters: readonly { from: number; to: number; more: number; second: readonly [number, number] }[] = [
  { from: 0xc2, to: 0xdf, more: 1, second: continuation },
  { from: 0xe0, to: 0xe0, more: 2, second: [0xa0, 0xbf] },
  { from: 0xe1, to: 0xec, more: 2, second: continuation },
  { from: 0xed, to: 0xed, more: 2, second: [0x80, 0x9f] },
  { from: 0xee, to: 0xef, more: 2, second: continuation },
  { from: 0xf0, to: 0xf0, more: 3, second: [0x90, 0xbf] },
  { from: 0xf1, to: 0xf3, more: 3, second: continuation },
  { from: 0xf4, to: 0xf4, more: 3, second: [0x80, 0x8f] },
]

/** Read in place: a copy of each of a state's values would be garbage by the megabyte. */
export function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}
