import { z } from '@hono/zod-openapi'
import { Problem } from '../../platform/problem.ts'
import { isFault, readModule } from './syntax.ts'
import type { Fault } from './syntax.ts'

/** Of all files together, as UTF-8: the parser's tree takes sixty times as much, and a Worker has 128 MB. */
const mostBytes = 1_000_000

/** Faults that are told at once. */
const mostFaults = 100

const FileName = z
  .string()
  .max(200)
  .regex(
    /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[A-Za-z0-9_@.-]+(?:\/[A-Za-z0-9_@.-]+)*\.[A-Za-z0-9]+$/,
    'is no name of a file: `index.js` or `lib/a.js`, with an extension',
  )

const neither =
  'This is a text, which is one ES module, or {"files": {"index.js": "…"}, "main": "index.js"} with texts under names like `lib/a.js`.'

/** What a script is to consist of: one ES module, or files. */
export const Content = z
  .union(
    [
      z.string().min(1, 'is empty'),
      z.strictObject({
        files: z
          .record(FileName, z.string())
          .openapi({ example: { 'index.js': 'export default {…}', 'page.html': '<h1>' } }),
        main: FileName.default('index.js'),
      }),
    ],
    { error: neither },
  )
  .openapi({
    example: 'export default { fetch: () => new Response("hi") }',
    description:
      'One ES module, or files: `.js` and `.mjs` are modules, `.json` a module whose default export it is, all else text.',
  })
export type Content = z.infer<typeof Content>

/** A part of an upload. */
export type Module = { readonly name: string; readonly type: string; readonly text: string }
export type Code = { readonly main: string; readonly modules: readonly Module[] }

/**
 * Reads and checks content before anything is made of it.
 * @throws Problem (invalid-request) with every fault's file, line and column; (too-large)
 */
export function codeOf(content: Content): Code {
  const { files, main } = typeof content === 'string' ? { files: { 'index.js': content }, main: 'index.js' } : content
  const modules = Object.entries(files).map(([name, text]) => moduleOf(name, text))
  const bytes = modules.reduce((sum, { text }) => sum + new TextEncoder().encode(text).byteLength, 0)
  if (bytes > mostBytes)
    throw new Problem(
      'too-large',
      `The content is ${bytes} bytes, and more than ${mostBytes} are not checked here: deploy it with wrangler.`,
    )
  const errors = faultsIn(modules, main).slice(0, mostFaults)
  const [first] = errors
  if (first) throw new Problem('invalid-request', wordsFor(first), { extensions: { errors } })
  return { main, modules }
}

type FileFault = Fault & { readonly file: string }

function wordsFor({ file, line, column, detail }: FileFault): string {
  return `${file}:${line}:${column} ${detail}`
}

const code = 'application/javascript+module'
const beforeJson = 'export default '

function moduleOf(name: string, text: string): Module {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (extension === 'js' || extension === 'mjs') return { name, type: code, text }
  // JSON is an expression of the language.
  if (extension === 'json') return { name, type: code, text: `${beforeJson}${text}` }
  return { name, type: 'text/plain', text }
}

function faultsIn(modules: readonly Module[], main: string): FileFault[] {
  const names = new Set(modules.map(({ name }) => name))
  if (!modules.some(({ name, type }) => name === main && type === code))
    return [
      { file: main, line: 1, column: 1, detail: 'This is the main module, and no `.js` file of this name was sent.' },
    ]
  return modules.flatMap((module) => (module.type === code ? faultsOf(module, names, module.name === main) : []))
}

function faultsOf({ name: file, text }: Module, names: ReadonlySet<string>, isMain: boolean): FileFault[] {
  const read = readModule(text)
  if (isFault(read)) return [{ file, ...read, column: read.column - shiftIn(file, read) }]
  const missing = read.imports
    .filter(({ specifier }) => !isThere(specifier, file, names))
    .slice(0, mostFaults)
    .map(({ specifier, place }) => ({ file, ...place(), detail: missingWords(specifier) }))
  return read.unfit && isMain ? [...missing, { file, ...read.unfit }] : missing
}

/** What stands before JSON is none of its author's. */
function shiftIn(file: string, { line }: Fault): number {
  return line === 1 && file.toLowerCase().endsWith('.json') ? beforeJson.length : 0
}

/** The runtime's own modules have a scheme; all others are looked for from the importing file's folder. */
function isThere(specifier: string, from: string, names: ReadonlySet<string>): boolean {
  if (/^(?:cloudflare|node):/.test(specifier)) return true
  const base = `file:///${from}`
  if (!URL.canParse(specifier, base)) return false
  const { protocol, pathname } = new URL(specifier, base)
  return protocol === 'file:' && names.has(pathname.slice(1))
}

function missingWords(specifier: string): string {
  const isPackage = !/^[./]/.test(specifier)
  const why = isPackage ? 'packages must be bundled into it first' : 'no file of this name was sent'
  return `It imports ${JSON.stringify(specifier.slice(0, 100))}, which is not part of the content: ${why}.`
}
