import { Problem } from '../../platform/problem.ts'
import { codeOf, Content } from './content.ts'

const good = 'export default { async fetch() { return new Response("hi") } }'

function faultsOf(content: unknown): string[] {
  try {
    codeOf(Content.parse(content))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const errors = (error.details.extensions?.['errors'] ?? []) as Record<string, unknown>[]
    return errors.map(
      ({ file, line, column, detail }) => `${String(file)}:${String(line)}:${String(column)} ${String(detail)}`,
    )
  }
  return []
}

test.each([
  good,
  'export default { fetch: () => new Response("hi") }',
  'const app = { fetch() {} }\nexport default app',
  'const app = { fetch() {} }; export { app as default }',
  'function make() { return {} } const app = make(); export default app',
  'export default { ...base }; const base = {}',
  'import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint { fetch() {} }',
  'class Base { fetch() {} } export default class extends Base {}',
  'import x from "node:crypto"; export default { fetch: x }',
  'using x = null; await 1; export default { fetch: async () => new Response(/a(?i:b)/v.source) }',
  {
    files: {
      'main.mjs': 'export * as all from "./lib/a.js"; export { default } from "./lib/a.js"',
      'lib/a.js': `import t from "../page.html"; import d from "./d.json"; ${good}`,
      'page.html': '<h1>',
      'lib/d.json': '{"a": 1}',
    },
    main: 'main.mjs',
  },
])('can be deployed: %j', (content) => {
  expect(faultsOf(content)).toEqual([])
})

test.each([
  ['export default {\n  fetch() { return new Response(1 }\n}', 'index.js:2:35 Unexpected token.'],
  ['let a = 1\nlet a = 2', "index.js:2:5 Identifier 'a' has already been declared."],
  ['const x = 1', 'index.js:1:1 There is no default export. The main'],
  ['addEventListener("fetch", () => {})', '`addEventListener` is the old format'],
  ['\nexport default { scheduled() {} }', 'index.js:2:16 The default export has no `fetch` handler.'],
  ['export default function () {}', 'The default export is a function.'],
  ['export default 1', 'The default export is no object.'],
  [
    'import { WorkerEntrypoint } from "cloudflare:workers"; export default class extends WorkerEntrypoint {}',
    'no `fetch`',
  ],
  [
    'import { Hono } from "hono"\nexport default new Hono()',
    'index.js:1:22 It imports "hono", which is not part of the content: packages must be',
  ],
  [
    'import a from "./a.js"; export default a',
    'index.js:1:15 It imports "./a.js", which is not part of the content: no file',
  ],
  ['import a from "https://example.com/a.js"; export default a', 'not part of the content'],
  ['export default { fetch(request: Request) {} }', 'index.js:1:31 Unexpected token. This looks like TypeScript'],
  ['interface A { b: string }\nexport default {}', 'This looks like TypeScript'],
  ['export default { fetch() {} } as Handler', 'This looks like TypeScript'],
  ['export default { fetch() { return <p>hi</p> } }', 'This looks like JSX'],
])('%j is refused', (content, why) => {
  expect(faultsOf(content)[0]).toContain(why)
})

test('every faulty file is told, and what is missing', () => {
  const files = { 'index.js': 'import "./b.js"; export default {', 'a.js': '}', 'c.json': '{a' }
  expect(faultsOf({ files }).map((text) => text.split(' ')[0])).toEqual(['index.js:1:34', 'a.js:1:1', 'c.json:1:3'])
  expect(faultsOf({ files: { 'a.js': good } })[0]).toContain('index.js:1:1 This is the main module')
  expect(faultsOf({ files: { 'index.html': good }, main: 'index.html' })[0]).toContain('no `.js` file')
})

test.each(['../a.js', 'a', '/a.js', 'a//b.js', './a.js', 'metadata', 'a b.js', 'a/../b.js'])(
  '%s is no name',
  (name) => {
    expect(Content.safeParse({ files: { [name]: good } }).success).toBe(false)
  },
)

test('nothing is no content', () => {
  expect(Content.safeParse('').success).toBe(false)
})

test('more than a megabyte is not read', () => {
  expect(() => codeOf(`// ${'é'.repeat(500_000)}\n${good}`)).toThrow(/more than 1000000/)
})

test('what is wrong thousands of times is read once, and told a hundred times', () => {
  const start = performance.now()
  expect(faultsOf(`${"import'a'\n".repeat(60_000)}${good}`)).toHaveLength(100)
  expect(faultsOf(`type a${' '.repeat(900_000)}`)).toHaveLength(1)
  // Walking from the start to each of them takes minutes.
  expect(performance.now() - start).toBeLessThan(20_000)
})

test.each(['(', '[', '{a:', 'a=>', '!', '`${'])('%s nested too deep is a fault with a place', (opening) => {
  expect(faultsOf(`export default ${opening.repeat(300_000 / opening.length)}`)[0]).toMatch(/^index\.js:1:\d+ /)
})
