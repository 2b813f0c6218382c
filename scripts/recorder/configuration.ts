import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord, memberOf } from './members.ts'

/** What a configuration says of itself, found without evaluating it. Larger ones than 8 MB are looked at in part. */
export type Configuration = {
  /** Every address that its http backend names; null stands for one that is not a plain text. */
  readonly addresses: readonly (string | null)[]
  /** The input variables that are declared sensitive. */
  readonly sensitive: ReadonlySet<string>
  /** Whether an input variable's value is in no plan. */
  readonly hasEphemeral: boolean
}

type Block = { readonly name: string; readonly content: string }

const addressNames = ['address', 'lock_address', 'unlock_address']
const largest = 8_000_000

/** Reads the root module of a folder. */
export function readConfiguration(folder: string): Configuration {
  const parts = filesIn(folder).map(({ name, text }) => (name.endsWith('.json') ? readJson(text) : readNative(text)))
  return {
    addresses: parts.flatMap(({ addresses }) => addresses),
    sensitive: new Set(parts.flatMap(({ sensitive }) => [...sensitive])),
    hasEphemeral: parts.some(({ hasEphemeral }) => hasEphemeral),
  }
}

function filesIn(folder: string): { name: string; text: string }[] {
  let left = largest
  const names = attempt(() => readdirSync(folder), []).filter((name) => /\.(?:tf|tofu)(?:\.json)?$/.test(name))
  return names.map((name) => {
    const text = left > 0 ? attempt(() => readFileSync(join(folder, name), 'utf8'), '') : ''
    left -= text.length
    return { name, text }
  })
}

function readNative(source: string): Configuration {
  const text = source.replaceAll(/("(?:[^"\\\n]|\\.)*")|#.*|\/\/.*|\/\*[\s\S]*?\*\//g, (_, quoted) => quoted ?? '')
  const variables = blocks(text, 'variable')
  const addresses = blocks(text, 'backend')
    .filter(({ name }) => name === 'http')
    .flatMap(({ content }) => [...content.matchAll(/(?:^|[\s{])(\w+)\s*=\s*(?:"([^"$%]*)"|\S)/g)])
    .filter(([, name]) => addressNames.includes(name ?? ''))
    .map(([, , value]) => value ?? null)
  return {
    addresses,
    sensitive: new Set(variables.filter(isTrue('sensitive')).map(({ name }) => name)),
    hasEphemeral: variables.some(isTrue('ephemeral')),
  }
}

function isTrue(name: string): (block: Block) => boolean {
  const line = new RegExp(`^\\s*${name}\\s*=\\s*true\\b`, 'm')
  return ({ content }) => line.test(content)
}

/** The blocks of a type, each with the text between its braces. */
function blocks(text: string, type: string): Block[] {
  const heads = text.matchAll(new RegExp(`\\b${type}\\s+"?([\\w-]+)"?\\s*\\{`, 'g'))
  return [...heads].map((head) => {
    const start = head.index + head[0].length
    return { name: head[1] ?? '', content: text.slice(start, endOfBlock(text, start)) }
  })
}

function endOfBlock(text: string, start: number): number {
  let depth = 1
  for (const { 0: sign, index } of text.slice(start).matchAll(/"(?:[^"\\\n]|\\.)*"|[{}]/g)) {
    depth += sign === '{' ? 1 : sign === '}' ? -1 : 0
    if (depth === 0) return start + index
  }
  return text.length
}

function readJson(text: string): Configuration {
  const root: unknown = attempt(() => JSON.parse(text) as unknown, null)
  const backends = listOf(memberOf(root, 'terraform')).flatMap((block) => listOf(memberOf(block, 'backend')))
  const http = backends.flatMap((backend) => listOf(memberOf(backend, 'http')))
  const values = http.flatMap((block) => addressNames.map((name) => memberOf(block, name)))
  const variables = listOf(memberOf(root, 'variable')).flatMap((block) =>
    isRecord(block) ? Object.entries(block) : [],
  )
  const marked = (mark: string) =>
    variables.filter(([, block]) => listOf(block).some((part) => memberOf(part, mark) === true)).map(([name]) => name)
  return {
    addresses: values.filter((value) => value !== undefined && value !== null).map((value) => plainText(value)),
    sensitive: new Set(marked('sensitive')),
    hasEphemeral: marked('ephemeral').length > 0,
  }
}

function plainText(value: unknown): string | null {
  return typeof value === 'string' && !/[$%]\{/.test(value) ? value : null
}

/** Terraform takes a block, or a list of them. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

function attempt<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work()
  } catch {
    return otherwise
  }
}
