import { readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { leavesOf } from './configuration.ts'
import { literalsIn, parseHcl } from './hcl.ts'
import { isRecord, parseJson } from './members.ts'
import { attempt, textOfSmall } from './small-files.ts'

/** A text in the value of an input variable; the name is empty when it cannot be told. */
export type Given = readonly [variable: string, text: string]

const largest = 8_000_000

/** What the files say that terraform takes the values of input variables from, in the folder and in its arguments. */
export function valuesInFiles(folder: string, words: readonly string[]): Given[] {
  const names = attempt(() => readdirSync(folder), []).filter((name) =>
    /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/.test(name),
  )
  const files = [...names.map((name) => join(folder, name)), ...namedIn(words).map((name) => resolve(folder, name))]
  return files.flatMap((file) => valuesIn(basename(file), textOfSmall(file, largest) ?? ''))
}

function namedIn(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (/^--?var-file$/.test(words[index - 1] ?? '')) return [word]
    return /^--?var-file=([\s\S]+)$/.exec(word)?.[1] ?? []
  })
}

function valuesIn(name: string, text: string): Given[] {
  const values = name.endsWith('.json') ? valuesInJson(text) : attempt(() => valuesInHcl(text), null)
  return values ?? [...text.matchAll(/"((?:[^"\\\n]|\\.)+)"/g)].map(([, quoted = '']) => ['', quoted])
}

function valuesInHcl(text: string): Given[] {
  return parseHcl(text).attributes.flatMap(({ name, value }) =>
    literalsIn(value).map((literal): Given => [name, literal]),
  )
}

function valuesInJson(text: string): Given[] | null {
  const root = parseJson(text)
  if (!isRecord(root)) return null
  return Object.entries(root).flatMap(([name, value]) => leavesOf(value).map((leaf): Given => [name, leaf]))
}
