import { array, assert, constantFrom, property, string } from 'fast-check'
import { Needles } from './needles.ts'

function needlesOf(...needles: string[]): Needles {
  const all = new Needles()
  for (const needle of needles) all.add(needle)
  return all
}

/** What the needles cover, found in the simplest way. */
function slowly(text: string, needles: readonly string[], replacement: string): string {
  const spans: [number, number][] = []
  for (let at = 0; at < text.length; at += 1) {
    const lengths = needles.filter((needle) => text.startsWith(needle, at)).map((needle) => needle.length)
    const last = spans.at(-1)
    const end = at + Math.max(0, ...lengths)
    if (end === at) continue
    if (last && at < last[1]) last[1] = Math.max(last[1], end)
    else spans.push([at, end])
  }
  const kept = [...spans, [text.length, text.length]].map(([start], index) =>
    text.slice(spans[index - 1]?.[1] ?? 0, start),
  )
  return kept.join(replacement)
}

test('replaces what a plain search finds, whatever the needles and the text', () => {
  // So few letters make needles that overlap and begin with each other.
  const unit = constantFrom('a', 'b')
  const few = array(string({ unit, minLength: 6, maxLength: 12 }), { maxLength: 8 })
  assert(
    property(few, string({ unit, maxLength: 60 }), (needles, text) => {
      expect(needlesOf(...needles).replaceIn(text, '*')).toBe(slowly(text, needles, '*'))
    }),
    { numRuns: 2000 },
  )
})

test('replaces needles that overlap together', () => {
  expect(needlesOf('abcdef', 'defghi').replaceIn('<abcdefghi>', '*')).toBe('<*>')
  expect(needlesOf('abcdef').replaceIn('<abcdefabcdef>', '*')).toBe('<**>')
})

test('finds the longest of those that begin alike, also when they come later', () => {
  const needles = needlesOf('prefix')
  expect(needles.replaceIn('prefix-long', '*')).toBe('*-long')
  needles.add('prefix-long')
  expect(needles.replaceIn('prefix-long prefix-lone', '*')).toBe('* *-lone')
})

test('leaves out what is too short to be a needle', () => {
  expect(needlesOf('short', '').replaceIn('short', '*')).toBe('short')
})
