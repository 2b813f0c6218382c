import { array, assert, constantFrom, integer, json, nat, oneof, property, tuple } from 'fast-check'
import { JsonScanner, MalformedJson } from './json-scanner.ts'

/** Scans a text in pieces of `size` bytes, capturing the whole document. */
function scan(text: string, size: number): unknown {
  return scanBytes(new TextEncoder().encode(text), size)
}

function scanBytes(bytes: Uint8Array, size: number): unknown {
  const found: unknown[] = []
  const scanner = new JsonScanner({ interest: () => 'capture', captured: (_, value) => found.push(value) })
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size))
  scanner.end()
  return found[0]
}

test('reads whatever JSON.parse reads, however the bytes are cut', () => {
  assert(
    property(json(), integer({ min: 1, max: 9 }), (text, size) => {
      expect(scan(text, size)).toEqual(JSON.parse(text))
    }),
    { numRuns: 500 },
  )
})

test('tells where a value stands, however the bytes are cut', () => {
  assert(
    property(json(), integer({ min: 1, max: 9 }), (text, size) => {
      const bytes = new TextEncoder().encode(` {"é": [ ${text} ],"after":${text}}`)
      const found: string[] = []
      const scanner = new JsonScanner({
        interest: (path) => (path.length === 2 || path[0] === 'after' ? 'capture' : 'enter'),
        captured: (_, __, { from, to }) => found.push(new TextDecoder().decode(bytes.subarray(from, to))),
      })
      for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size))
      scanner.end()
      expect(found).toEqual([text, text].map((value) => value.trim()))
    }),
  )
})

/** What a reader makes of a text: its value, or that it refuses it in its own words. */
function outcome(read: () => unknown, refusal: new (...args: never[]) => Error): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof refusal) return 'refused'
    throw error
  }
}

test('refuses whatever JSON.parse refuses', () => {
  const inserts = ['', '"', ',', '}', ']', ':', '0', '-', 'e', 't', '\\', '\n', ' ']
  const nearJson = json().chain((text) =>
    tuple(nat(text.length), constantFrom(...inserts), nat(2)).map(
      ([at, insert, drop]) => text.slice(0, at) + insert + text.slice(at + drop),
    ),
  )
  assert(
    property(nearJson, integer({ min: 1, max: 9 }), (text, size) => {
      expect(outcome(() => scan(text, size), MalformedJson)).toEqual(outcome(() => JSON.parse(text), SyntaxError))
    }),
    { numRuns: 3000 },
  )
})

test('takes as UTF-8 exactly what is UTF-8', () => {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const anyBytes = array(oneof(integer({ min: 0x80, max: 0xff }), constantFrom(0x41, 0xe0, 0xed, 0xf0, 0xf4)), {
    maxLength: 6,
  })
  assert(
    property(anyBytes, integer({ min: 1, max: 3 }), (inner, size) => {
      const bytes = Uint8Array.from([0x22, ...inner, 0x22])
      expect(outcome(() => scanBytes(bytes, size), MalformedJson)).toEqual(
        outcome(() => JSON.parse(utf8.decode(bytes)), TypeError),
      )
    }),
    { numRuns: 5000 },
  )
})

test('hands over the values that are wanted, with their paths', () => {
  const found: [string, unknown][] = []
  const scanner = new JsonScanner({
    interest: (path) => (path.length < 2 ? 'enter' : path[1] === 'b' ? 'capture' : 'skip'),
    captured: (path, value) => found.push([path.join('.'), value]),
  })
  scanner.write(new TextEncoder().encode('[{"a":{"b":1},"b":[1,{"b":2}]},{"b":"x\\u00e9"},{"c":null}]'))
  scanner.end()
  expect(found).toEqual([
    ['0.b', [1, { b: 2 }]],
    ['1.b', 'xé'],
  ])
})

test('refuses more levels than any state has', () => {
  expect(scan('['.repeat(100) + ']'.repeat(100), 7)).toBeDefined()
  expect(() => scan('['.repeat(110) + ']'.repeat(110), 7)).toThrow('100 levels')
})

test('says where a document breaks', () => {
  expect(() => scan('{"serial": 1,}', 3)).toThrow('at byte 13')
  expect(() => scan('{"serial": 1', 3)).toThrow('ends too early, after 12 bytes')
})
