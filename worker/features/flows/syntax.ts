import { getLineInfo, parse } from 'acorn'
import type {
  AnyNode,
  Class,
  ExportDefaultDeclaration,
  Expression,
  ModuleDeclaration,
  ObjectExpression,
  Program,
  Statement,
} from 'acorn'

/** What is wrong in a module, and where: lines and columns from 1. */
export type Fault = Place & { readonly detail: string }
type Place = { readonly line: number; readonly column: number }

/** What another module is asked for. Its place is looked up when it is asked for: each costs a walk over the text. */
export type Import = { readonly specifier: string; readonly place: () => Place }

/** A module that was understood: what it imports, and why it cannot answer requests, or null. */
export type Understood = { readonly imports: readonly Import[]; readonly unfit: Fault | null }

/** Reads an ES module, as the newest edition of the language has it. Imports by a call (`import()`) are not looked at. */
export function readModule(text: string): Understood | Fault {
  let program: Program
  try {
    // Without `locations` the tree takes half the memory, and Workers have little.
    program = parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
  } catch (error) {
    if (error instanceof SyntaxError) return faultOf(error, text)
    throw error
  }
  return { imports: importsIn(program, text), unfit: unfitness(program, text) }
}

export function isFault(result: Understood | Fault): result is Fault {
  return 'detail' in result
}

/** Acorn says where in `loc` (columns from 0) and again at the end of its message. */
function faultOf(error: SyntaxError, text: string): Fault {
  const { line, column } = placeIn(error)
  const said = error.message.replace(/ \(\d+:\d+\)$/, '')
  const source = text.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? ''
  return { line, column: column + 1, detail: `${said}.${hintAt(source, column)}` }
}

function placeIn(error: SyntaxError): { line: number; column: number } {
  const loc: unknown = 'loc' in error ? error.loc : null
  if (typeof loc !== 'object' || loc === null || !('line' in loc) || !('column' in loc)) return { line: 1, column: 0 }
  return { line: Number(loc.line), column: Number(loc.column) }
}

const types = [
  /\b(?:interface|enum|namespace|declare|abstract)\s+[A-Za-z_$]/,
  /\b(?:import|export)\s+type\b|^\s*type\s+[A-Za-z_$][\w$]*\s*(?:<[^>]*>\s*)?=/,
  /\b(?:as|satisfies)\s+[A-Za-z_$]/,
  /[\w$\])?]\s*\??:\s*(?:string|number|boolean|unknown|any|void|never|[A-Z][\w$]*)\b/,
]

/** What looks like another language is told apart: people paste TypeScript. */
function hintAt(source: string, column: number): string {
  if (types.some((pattern) => pattern.test(source)))
    return ' This looks like TypeScript, and only JavaScript is deployed: take the types away, or build it first.'
  if (/^<[A-Za-z>]/.test(source.slice(column)))
    return ' This looks like JSX, and only JavaScript is deployed: build it first.'
  return ''
}

function importsIn({ body }: Program, text: string): Import[] {
  return body.flatMap((node) => {
    const source = 'source' in node ? node.source : null
    if (!source || typeof source.value !== 'string') return []
    return [{ specifier: source.value, place: () => startOf(source, text) }]
  })
}

function startOf({ start }: AnyNode, text: string): Place {
  const { line, column } = getLineInfo(text, start)
  return { line, column: column + 1 }
}

/** Why the module does not answer requests, as far as reading tells: what is computed is believed. */
function unfitness({ body }: Program, text: string): Fault | null {
  const exported = defaultOf(body)
  if (exported === 'elsewhere') return null
  if (exported === null)
    return { line: 1, column: 1, detail: `There is no default export.${oldFormat(body)} ${wanted}` }
  const value = resolved(exported, body)
  const why = value ? whyUnfit(value) : null
  return why === null ? null : { ...startOf(exported, text), detail: `${why} ${wanted}` }
}

const wanted = 'The main module needs `export default { async fetch(request, env) { … } }`.'

function oldFormat(body: Program['body']): string {
  const isOld = body.some((node) => {
    if (node.type !== 'ExpressionStatement' || node.expression.type !== 'CallExpression') return false
    const { callee } = node.expression
    return callee.type === 'Identifier' && callee.name === 'addEventListener'
  })
  return isOld ? ' `addEventListener` is the old format, which cannot be deployed here.' : ''
}

type Exported = ExportDefaultDeclaration['declaration']

/** What is exported as default; `elsewhere` when another module has it. */
function defaultOf(body: Program['body']): Exported | 'elsewhere' | null {
  for (const node of body) {
    if (node.type === 'ExportDefaultDeclaration') return node.declaration
    const found = node.type === 'ExportNamedDeclaration' ? renamed(node) : null
    if (found) return found
  }
  return null
}

function renamed(node: Extract<ModuleDeclaration, { type: 'ExportNamedDeclaration' }>): Exported | 'elsewhere' | null {
  const specifier = node.specifiers.find(({ exported }) =>
    exported.type === 'Identifier' ? exported.name === 'default' : exported.value === 'default',
  )
  if (!specifier) return null
  return node.source || specifier.local.type !== 'Identifier' ? 'elsewhere' : specifier.local
}

/** A name that is declared in the module, and never given another value, is what it was declared as. */
function resolved(exported: Exported, body: Program['body']): Exported | null {
  if (exported.type !== 'Identifier') return exported
  for (const node of body) {
    const declared = declarationIn(node, exported.name)
    if (declared) return declared
  }
  return null
}

function declarationIn(node: Statement | ModuleDeclaration, name: string): Exported | null {
  const own = declarationOf(node)
  if (own.type === 'ClassDeclaration' || own.type === 'FunctionDeclaration') return own.id?.name === name ? own : null
  if (own.type !== 'VariableDeclaration' || own.kind !== 'const') return null
  const found = own.declarations.find(({ id }) => id.type === 'Identifier' && id.name === name)
  return found?.init ?? null
}

function declarationOf(node: Statement | ModuleDeclaration) {
  return node.type === 'ExportNamedDeclaration' ? (node.declaration ?? node) : node
}

const literals = new Set(['Literal', 'TemplateLiteral', 'ArrayExpression'])
const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

function whyUnfit(value: Exported | Expression): string | null {
  if (functions.has(value.type)) return 'The default export is a function.'
  if (literals.has(value.type)) return 'The default export is no object.'
  if (value.type === 'ObjectExpression') return hasFetch(value) ? null : noFetch
  if (value.type === 'ClassDeclaration' || value.type === 'ClassExpression') return answers(value) ? null : noFetch
  return null
}

const noFetch = 'The default export has no `fetch` handler.'

function hasFetch({ properties }: ObjectExpression): boolean {
  return properties.some((one) => one.type === 'SpreadElement' || one.computed || nameOf(one.key) === 'fetch')
}

/** A class of the product (WorkerEntrypoint) without `fetch` answers with an error; one of the author's may inherit it. */
function answers({ superClass: base, body }: Class): boolean {
  if (base && (base.type !== 'Identifier' || base.name !== 'WorkerEntrypoint')) return true
  return body.body.some((one) => 'key' in one && !one.computed && nameOf(one.key) === 'fetch')
}

function nameOf(key: AnyNode): string {
  if (key.type === 'Identifier') return key.name
  return key.type === 'Literal' ? String(key.value) : ''
}
