import { array, assert, boolean, constantFrom, dictionary, letrec, oneof, property } from 'fast-check'
import { hidden, Secrets } from '../../platform/redact.ts'
import { redactPlan } from './plan-record.ts'

/** What is kept of a value with this mask. */
function afterOf(value: unknown, mask: unknown): unknown {
  const change = { actions: ['update'], before: null, after: value, after_sensitive: mask }
  const raw = { format_version: '1.2', resource_changes: [{ address: 'a_b.c', change }] }
  return redactPlan(raw, new Secrets()).resource_changes[0]?.change.after
}

/** A leaf that is marked or not, what holds such, or something that is marked as a whole. */
type Tree = boolean | readonly Tree[] | { readonly [name: string]: Tree } | Whole
class Whole {
  readonly inner: Tree
  constructor(inner: Tree) {
    this.inner = inner
  }
}
const names = constantFrom('a', 'b', 'constructor', '__proto__', 'x y', '')
const { tree } = letrec<{ tree: Tree }>((tie) => ({
  tree: oneof(
    { maxDepth: 4 },
    boolean(),
    array(tie('tree'), { maxLength: 4 }),
    dictionary(names, tie('tree'), { maxKeys: 4 }),
    tie('tree').map((inner) => new Whole(inner)),
  ),
}))

/** A value beside its mask. Each text in it is another, and on one of the lists. */
class Masked {
  readonly closed: string[] = []
  readonly open: string[] = []
  readonly value: unknown
  readonly mask: unknown

  constructor(from: Tree) {
    this.value = this.#valueOf(from, false)
    this.mask = maskOf(from)
  }

  #valueOf(from: Tree, isCovered: boolean): unknown {
    if (from instanceof Whole) return this.#valueOf(from.inner, true)
    if (Array.isArray(from)) return from.map((inner: Tree) => this.#valueOf(inner, isCovered))
    if (typeof from === 'object') return mapped(from, (inner) => this.#valueOf(inner, isCovered))
    const text = `text ${this.closed.length + this.open.length};`
    const list = from || isCovered ? this.closed : this.open
    list.push(text)
    return text
  }
}

function maskOf(from: Tree): unknown {
  if (from instanceof Whole || typeof from === 'boolean') return from !== false
  return Array.isArray(from) ? from.map((inner: Tree) => maskOf(inner)) : mapped(from, maskOf)
}

function mapped(from: object, change: (inner: Tree) => unknown): object {
  return Object.fromEntries(Object.entries(from).map(([name, inner]) => [name, change(inner as Tree)]))
}

test('hides every value that is marked, and no other', () => {
  assert(
    property(tree, (from) => {
      const { value, mask, closed, open } = new Masked(from)
      const text = JSON.stringify(afterOf(value, mask))
      expect(closed.filter((leaf) => text.includes(leaf))).toEqual([])
      expect(open.filter((leaf) => !text.includes(leaf))).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['a mask of a set, which says less than its value', ['one-one', 'two-two'], [true], [hidden, hidden]],
  [
    'the same of blocks',
    [{ a: 'one', b: 'open' }, { a: 'two' }],
    [{ a: true }],
    [{ a: hidden, b: 'open' }, { a: hidden }],
  ],
  ['the same of several', [{ a: 'one', b: 'two' }], [{ a: true }, { b: true }], [{ a: hidden, b: hidden }]],
  ['a mask that marks nothing', ['open', 'open'], [false], ['open', 'open']],
  ['a mask for an object beside a list', ['one-one'], { a: true }, hidden],
  ['a mask for a list beside a text', 'one-one', [false, { a: true }], hidden],
  ['one that marks nothing there', 'open', [false, { a: false }], 'open'],
  ['a mask of another kind', 'one-one', 'yes', hidden],
  [
    'a number and a flag',
    { pin: 12, on: true, port: 80 },
    { pin: true, on: true },
    { pin: hidden, on: hidden, port: 80 },
  ],
  ['nothing', { a: null }, { a: true }, { a: null }],
])('understands %s', (_, value, mask, expected) => {
  expect(afterOf(value, mask)).toEqual(expected)
})
