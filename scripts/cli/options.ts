import type { Command, Run } from './command.ts'
import { Misuse } from './command.ts'
import { nearest } from './nearest.ts'

/** Something that may be said with `--name`. */
type Option = {
  readonly summary: string
  /** What stands for its value in the help, like `<name>`; a switch has none. */
  readonly value?: string
  /** The letter of its short form. */
  readonly short?: string
}

type Options = Readonly<Record<string, Option>>

/** A command as it is called. An operand whose name ends in `?` may be left out. */
type Definition = {
  readonly operands: readonly string[]
  readonly options: Options
  /** More for its own help than the usage and the options tell. */
  readonly more?: string
  readonly run: (given: Given) => Promise<number>
}

/** What a command was called with. */
export class Given {
  readonly #operands: ReadonlyMap<string, string>
  readonly #values: ReadonlyMap<string, string>

  constructor(operands: ReadonlyMap<string, string>, values: ReadonlyMap<string, string>) {
    this.#operands = operands
    this.#values = values
  }

  /** An operand; empty when one that may be left out was. */
  operand(name: string): string {
    return this.#operands.get(name) ?? ''
  }

  has(option: string): boolean {
    return this.#values.has(option)
  }

  text(option: string): string | null {
    return this.#values.get(option) ?? null
  }

  /** A whole number, at least `least`. */
  whole(option: string, least: number): number | null {
    const text = this.text(option)
    return text === null ? null : wholeOf(text, `--${option}`, least)
  }
}

/** Reads a whole number that a person wrote for `what`. */
export function wholeOf(text: string, what: string, least: number): number {
  const number = Number(text)
  if (/^\d{1,15}$/.test(text) && number >= least) return number
  throw new Misuse(`${what} must be a whole number from ${least}; it is ${JSON.stringify(text)}.`)
}

/** A command that answers `--help` by itself and refuses what it does not know. */
export function command(definition: Definition): Run {
  return async (args, row) => {
    if (asksForHelp(args)) {
      process.stdout.write(helpOf(row, definition))
      return 0
    }
    return definition.run(parse(args, row, definition))
  }
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  const read = end === -1 ? args : args.slice(0, end)
  return read.some((arg) => ['--help', '-help', '-h'].includes(arg))
}

function parse(args: readonly string[], row: Command, { operands, options }: Definition): Given {
  const words: string[] = []
  const values = new Map<string, string>()
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') words.push(...rest.splice(0))
    else if (arg === '-' || !arg.startsWith('-')) words.push(arg)
    else {
      const [name, value] = named(arg, options)
      values.set(name, valueOf(name, options[name], value, rest))
    }
  }
  return new Given(matched(words, operands, row), values)
}

/** The option that an argument names, and what stands behind its `=`. */
function named(arg: string, options: Options): [name: string, value: string | null] {
  const [, dashes = '', word = '', value] = /^(--?)([^=]*)(?:=([\s\S]*))?$/.exec(arg) ?? []
  const [name] =
    Object.entries(options).find(([long, { short }]) => (dashes === '--' ? long === word : short === word)) ?? []
  if (name !== undefined) return [name, value ?? null]
  const meant = nearest(word, Object.keys(options))
  const hint = meant === null ? '`--help` lists what there is.' : `Did you mean --${meant}?`
  throw new Misuse(`There is no option ${dashes}${word}. ${hint}`)
}

function valueOf(name: string, option: Option | undefined, value: string | null, rest: string[]): string {
  if (option?.value === undefined) {
    if (value === null) return ''
    throw new Misuse(`--${name} takes no value.`)
  }
  const found = value ?? rest.shift()
  if (found !== undefined && found !== '') return found
  throw new Misuse(`--${name} needs a value: --${name} ${option.value}.`)
}

function matched(words: readonly string[], operands: readonly string[], row: Command): ReadonlyMap<string, string> {
  const excess = words[operands.length]
  const missing = operands[words.length]
  const usage = `The usage is: throughline ${row.usage}`
  if (excess !== undefined) throw new Misuse(`${JSON.stringify(excess)} is one word too many. ${usage}`)
  if (missing !== undefined && !missing.endsWith('?')) throw new Misuse(`The <${missing}> is missing. ${usage}`)
  return new Map(words.map((word, index) => [(operands[index] ?? '').replace('?', ''), word]))
}

function helpOf({ usage, summary }: Command, { options, more }: Definition): string {
  const rows = Object.entries(options).map(([name, { short, value, summary: tells }]) => ({
    left: `  ${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    tells,
  }))
  const width = Math.max(0, ...rows.map(({ left }) => left.length))
  const listed = rows.map(({ left, tells }) => `${left.padEnd(width)}   ${tells}\n`).join('')
  const parts = [`throughline ${usage}\n    ${summary}\n`, listed, more === undefined ? '' : `${more}\n`]
  return parts.filter((part) => part !== '').join('\n')
}
