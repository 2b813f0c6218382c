import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { leavesOf } from './configuration.ts'
import { literalsIn, parseHcl } from './hcl.ts'
import { isRecord, parseJson } from './members.ts'
import { attempt, textOfSmall } from './small-files.ts'

/** What was given to an input variable, as far as it is text. */
export type Given = readonly [name: string, value: string]

/** A larger file of values is not looked at, in bytes. */
const largest = 8_000_000

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
  const own = attempt(() => readdirSync(folder), []).filter((name) =>
    /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/.test(name),
  )
  const files = [
    ...own.map((name) => join(folder, name)),
    ...optionValues(words, 'var-file').map((name) => resolve(folder, name)),
  ]
  return files.flatMap((file) => {
    const text = textOfSmall(file, largest) ?? ''
    const values = file.endsWith('.json') ? textsIn(parseJson(text)) : attempt(() => assignmentsIn(text), null)
    return values ?? quotedIn(text)
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
  return parseHcl(text).attributes.flatMap(({ name, value }) => literalsIn(value).map((inner): Given => [name, inner]))
}

/** What may be a value in a file that is not understood: nobody can tell of which variable. */
function quotedIn(text: string): Given[] {
  return [...text.matchAll(/"((?:[^"\\\n]|\\.)+)"/g)].map(([, quoted = '']) => ['', quoted])
}

function textsIn(root: unknown): Given[] | null {
  if (!isRecord(root)) return null
  return Object.entries(root).flatMap(([name, value]) => leavesOf(value).map((leaf): Given => [name, leaf]))
}
