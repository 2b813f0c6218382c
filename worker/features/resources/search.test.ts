import { isSearchable, matchOf } from './search.ts'

test.each([
  ['pet', '"pet"*'],
  ['  cloudflare_d1_database   main ', '"cloudflare_d1_database" "main"*'],
  ['module.a["x"]', '"module.a[""x""]"*'],
  ['a AND b* -c', '"a" "AND" "b*" "-c"*'],
  ['a\0b', '"a" "b"*'],
])('%j is looked for word by word, and none of it is syntax', (text, match) => {
  expect(matchOf(text)).toBe(match)
})

test('white space alone is nothing to look for', () => {
  expect(isSearchable(' \t\n\0 ')).toBe(false)
})
