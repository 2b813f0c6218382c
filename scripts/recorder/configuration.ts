import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { literalsIn, parseHcl } from './hcl.ts'
import type { Block, Body } from './hcl.ts'
import { isRecord, memberOf, parsePlainJson } from './members.ts'
import { attempt, textOfSmall } from './small-files.ts'

/** What a configuration says of itself, found without evaluating it. What is not surely understood is taken for the worst. */
export type Configuration = {
  /** Whether its state is kept by an http backend. */
  readonly hasHttpBackend: boolean
  /** Every address that its http backend names; null stands for one that is not a plain text. */
  readonly addresses: readonly (string | null)[]
  /** Whether its http backend says itself where the state is, or who opens it. */
  readonly isFixed: boolean
  /** The input variables that are declared sensitive. */
  readonly sensitive: ReadonlySet<string>
  /** The texts in the defaults of input variables. */
  readonly defaults: readonly (readonly [variable: string, text: string])[]
  /** Whether an input variable's value is in no plan. */
  readonly hasEphemeral: boolean
}

const addressNames = ['address', 'lock_address', 'unlock_address']
const fixing = [...addressNames, 'username']
/** Of all files together, in bytes. */
const largest = 8_000_000

/** Reads the root module of a folder. */
export function readConfiguration(folder: string): Configuration {
  const parts = partsIn(folder)
  return {
    hasHttpBackend: parts.some(({ hasHttpBackend }) => hasHttpBackend),
    addresses: parts.flatMap(({ addresses }) => addresses),
    isFixed: parts.some(({ isFixed }) => isFixed),
    sensitive: new Set(parts.flatMap(({ sensitive }) => [...sensitive])),
    defaults: parts.flatMap(({ defaults }) => defaults),
    hasEphemeral: parts.some(({ hasEphemeral }) => hasEphemeral),
  }
}

/** The names of the files that make a module. */
export function filesIn(folder: string): string[] {
  const entries = attempt(() => readdirSync(folder, { withFileTypes: true }), [])
  const files = entries.filter((entry) => !entry.isDirectory() && /\.(?:tf|tofu)(?:\.json)?$/.test(entry.name))
  return files.map(({ name }) => name)
}

function partsIn(folder: string): Configuration[] {
  let left = largest
  return filesIn(folder).map((name) => {
    const text = textOfSmall(join(folder, name), left)
    left -= text?.length ?? 0
    if (text === null) return unreadable('backend')
    return name.endsWith('.json') ? readJson(text) : readNative(text)
  })
}

/** What terraform may find in a file that we do not understand. */
function unreadable(text: string): Configuration {
  const isBackend = text.includes('backend') || text.includes(String.raw`\u`)
  return {
    hasHttpBackend: false,
    addresses: isBackend ? [null] : [],
    isFixed: isBackend,
    sensitive: new Set([...text.matchAll(/\bvariable"?\s*:?\s*\{?\s*"?([\w-]+)/g)].map(([, name = '']) => name)),
    defaults: [],
    hasEphemeral: text.includes('ephemeral'),
  }
}

function readNative(text: string): Configuration {
  const body = attempt(() => parseHcl(text), null)
  if (body === null) return unreadable(text)
  const backends = blocksOf(blocksOf(body, 'terraform'), 'backend').filter(({ labels }) =>
    labels.some((label) => label.text === 'http' || (label.kind === 'text' && !label.isPlain)),
  )
  const addresses = backends.flatMap(({ body: { attributes } }) =>
    attributes.filter(({ name }) => addressNames.includes(name)).map(({ value }) => plainValue(value)),
  )
  const names = backends.flatMap(({ body: { attributes } }) => attributes.map(({ name }) => name))
  const variables = blocksOf(body, 'variable').map((block) => ({ block, name: block.labels[0]?.text ?? '' }))
  return {
    hasHttpBackend: backends.length > 0,
    // A head of a backend that we do not take for one: better no password than one for a stranger.
    addresses: headsIn(text) === backends.length ? addresses : [...addresses, null],
    isFixed: names.some((name) => fixing.includes(name)),
    sensitive: new Set(variables.filter(({ block }) => mayBe(block, 'sensitive')).map(({ name }) => name)),
    defaults: variables.flatMap(({ block, name }) => valuesOf(block, 'default').map((value) => [name, value] as const)),
    hasEphemeral: variables.some(({ block }) => mayBe(block, 'ephemeral')),
  }
}

const gap = String.raw`(?:\s|/\*[\s\S]*?\*/)*`
const head = new RegExp(String.raw`(?<![\w-])backend${gap}(?:"http"|http(?![\w-])|"[^"\n]*\\[^\n]*?")${gap}\{`, 'g')

/** How often something that looks like the head of an http backend stands in a text, but for lines that are comments. */
function headsIn(text: string): number {
  const lines = text.split('\n').filter((line) => !/^\s*(?:#|\/\/)/.test(line) || line.includes('*/'))
  return [...lines.join('\n').matchAll(head)].length
}

function blocksOf(from: Body | readonly Block[], type: string): Block[] {
  const blocks = 'blocks' in from ? from.blocks : from.flatMap(({ body }) => body.blocks)
  return blocks.filter((block) => block.type === type)
}

function plainValue([token, ...more]: Block['body']['attributes'][number]['value']): string | null {
  return token?.kind === 'text' && token.isPlain && more.length === 0 ? token.text : null
}

/** Whether an attribute is set to anything but false. */
function mayBe({ body }: Block, mark: string): boolean {
  return body.attributes.some(({ name, value }) => name === mark && value.map(({ text }) => text).join('') !== 'false')
}

function valuesOf({ body }: Block, name: string): string[] {
  return body.attributes.filter((attribute) => attribute.name === name).flatMap(({ value }) => literalsIn(value))
}

function readJson(text: string): Configuration {
  const root = parsePlainJson(text)
  if (root === undefined) return unreadable(text)
  const http = below(below(below([root], 'terraform'), 'backend'), 'http')
  const variables = below([root], 'variable').flatMap((block) => (isRecord(block) ? Object.entries(block) : []))
  const marked = (mark: string) =>
    variables.filter(([, block]) => below([block], mark).some((value) => value !== false)).map(([name]) => name)
  return {
    hasHttpBackend: http.length > 0,
    addresses: addressNames.flatMap((name) => below(http, name)).map((value) => plainText(value)),
    isFixed: fixing.some((name) => below(http, name).length > 0),
    sensitive: new Set(marked('sensitive')),
    defaults: variables.flatMap(([name, block]) =>
      leavesOf(below([block], 'default')).map((leaf) => [name, leaf] as const),
    ),
    hasEphemeral: marked('ephemeral').length > 0,
  }
}

/** Terraform takes a block, or a list of them, however deep. */
function below(values: readonly unknown[], name: string): unknown[] {
  const flat: unknown[] = values.flat(Infinity)
  return flat.map((value) => memberOf(value, name)).filter((value) => value !== undefined && value !== null)
}

function plainText(value: unknown): string | null {
  return typeof value === 'string' && !/[$%]\{/.test(value) ? value : null
}

/** The texts and numbers in a value. */
export function leavesOf(value: unknown): string[] {
  if (isRecord(value)) return Object.values(value).flatMap((inner) => leavesOf(inner))
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
}
