import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isRecord, parseJson } from './members.ts'

/** What was given to an input variable, as far as it is text. */
export type Given = readonly [name: string, value: string]

/** A larger file of values is not looked at, in characters. */
const largest = 1_000_000

/** The values of input variables that environment, arguments and files give; null parts of them are left out. */
export function givenValues(env: NodeJS.ProcessEnv, words: readonly string[], folder: string): Given[] {
  return [...fromEnvironment(env), ...fromFiles(words, folder), ...fromWords(words)]
}

function fromEnvironment(env: NodeJS.ProcessEnv): Given[] {
  const prefix = 'TF_VAR_'
  return Object.entries(env).flatMap(([name, value = '']): Given[] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
  )
}

function fromWords(words: readonly string[]): Given[] {
  return optionValues(words, 'var').flatMap((assignment): Given[] => {
    const [, name, value] = /^([^=]+)=([\s\S]*)$/.exec(assignment) ?? []
    return name !== undefined && value !== undefined ? [[name.trim(), value]] : []
  })
}

function fromFiles(words: readonly string[], folder: string): Given[] {
  const own = attempt(() => readdirSync(folder), []).filter((name) => /^terraform\.tfvars|\.auto\.tfvars/.test(name))
  const files = [
    ...own.map((name) => join(folder, name)),
    ...optionValues(words, 'var-file').map((name) => resolve(folder, name)),
  ]
  return files.flatMap((file) => {
    const text = attempt(() => readFileSync(file, 'utf8'), '')
    if (text.length > largest) return []
    return file.endsWith('.json') ? textsIn(parseJson(text)) : assignmentsIn(text)
  })
}

/** The values of an option, however it is written. */
function optionValues(words: readonly string[], option: string): string[] {
  return words.flatMap((word, index) => {
    const [, name, value] = /^--?([a-z-]+)=([\s\S]*)$/.exec(word) ?? []
    if (name === option && value !== undefined) return [value]
    return [`-${option}`, `--${option}`].includes(words[index - 1] ?? '') ? [word] : []
  })
}

/** Each text within an assignment is taken as given to its variable. */
function assignmentsIn(text: string): Given[] {
  const parts = text.split(/^[ \t]*([\w-]+)[ \t]*=/m)
  return parts.flatMap((name, index): Given[] =>
    index % 2 === 1 ? quotedIn(parts[index + 1] ?? '').map((value) => [name, value]) : [],
  )
}

function quotedIn(text: string): string[] {
  const quoted = [...text.matchAll(/"(?:[^"\\\n]|\\.)*"/g)].map(([whole]) => unquoted(whole))
  const heredocs = [...text.matchAll(/<<-?(\w+)\n([\s\S]*?)\n[ \t]*\1$/gm)].map(([, , content = '']) => content)
  return [...quoted, ...heredocs]
}

function unquoted(whole: string): string {
  const text = parseJson(whole)
  return typeof text === 'string' ? text : whole.slice(1, -1)
}

function textsIn(value: unknown): Given[] {
  if (!isRecord(value)) return []
  const below = (inner: unknown): string[] =>
    typeof inner === 'string' ? [inner] : isRecord(inner) ? Object.values(inner).flatMap(below) : []
  return Object.entries(value).flatMap(([name, inner]) => below(inner).map((text): Given => [name, text]))
}

function attempt<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work()
  } catch {
    return otherwise
  }
}
