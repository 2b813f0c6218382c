import { wordsIn } from './words.ts'

/** A call of terraform, taken apart. */
export type Call = {
  /** What stands before the command: `-chdir=DIR`. */
  readonly globals: readonly string[]
  /** Where the configuration is, as typed. */
  readonly folder: string
  /** `apply`, `state mv`; empty when there is none. */
  readonly command: string
  /** What follows the command, without what `TF_CLI_ARGS` adds. */
  readonly args: readonly string[]
  /** Only asks for help or a version. */
  readonly isQuestion: boolean
}

const nested = new Set(['state', 'workspace', 'providers', 'metadata'])
const question = /^--?(?:h|help|v|version)$/

/** Takes a call apart. `-chdir` is also understood after the command, where terraform itself would refuse it. */
export function parseCall(words: readonly string[]): Call {
  const start = words.findIndex((word) => !word.startsWith('-'))
  const before = start === -1 ? words : words.slice(0, start)
  const after = start === -1 ? [] : words.slice(start)
  const length = nested.has(after[0] ?? '') && !(after[1] ?? '-').startsWith('-') ? 2 : 1
  const rest = after.slice(length)
  const moved = rest.filter(isFolder)
  const globals = [...before, ...moved]
  return {
    globals,
    folder: globals.findLast(isFolder)?.replace(/^.*?=/, '') ?? '.',
    command: after.slice(0, length).join(' '),
    args: rest.filter((word) => !isFolder(word)),
    isQuestion: [...before, ...rest].some((word) => question.test(word)),
  }
}

function isFolder(word: string): boolean {
  return /^--?chdir=/.test(word)
}

/** A flag as it was written. */
export type Flag = { readonly name: string; readonly value: string | null; readonly words: readonly string[] }

/** What follows a command. `plan` is the file with a saved plan. */
export type Options = { readonly flags: readonly Flag[]; readonly plan: string | null }

/** Which flags a plan takes, and which the apply of a saved plan. */
const known: Readonly<Record<string, { readonly takes?: 'value'; readonly plan?: true; readonly apply?: true }>> = {
  'auto-approve': {},
  destroy: { plan: true },
  refresh: { plan: true },
  'refresh-only': { plan: true },
  'allow-deferral': { plan: true },
  'detailed-exitcode': { plan: true },
  'compact-warnings': { plan: true, apply: true },
  input: { plan: true, apply: true },
  json: { plan: true, apply: true },
  lock: { plan: true, apply: true },
  'no-color': { plan: true, apply: true },
  concise: { plan: true, apply: true },
  'show-sensitive': { plan: true, apply: true },
  'lock-timeout': { takes: 'value', plan: true, apply: true },
  parallelism: { takes: 'value', plan: true, apply: true },
  replace: { takes: 'value', plan: true },
  target: { takes: 'value', plan: true },
  'target-file': { takes: 'value', plan: true },
  exclude: { takes: 'value', plan: true },
  'exclude-file': { takes: 'value', plan: true },
  var: { takes: 'value', plan: true },
  'var-file': { takes: 'value', plan: true },
  out: { takes: 'value', plan: true },
  'generate-config-out': { takes: 'value', plan: true },
}

/** Reads what follows a command; null when anything is not surely understood. */
export function parseOptions(words: readonly string[]): Options | null {
  const flags: Flag[] = []
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? ''
    // The first word that is no flag ends them.
    if (!word.startsWith('-')) return at === words.length - 1 ? { flags, plan: word } : null
    const flag = flagAt(words, at)
    if (flag === null) return null
    flags.push(flag)
    at += flag.words.length
  }
  return { flags, plan: null }
}

function flagAt(words: readonly string[], at: number): Flag | null {
  const word = words[at] ?? ''
  const [, name = '', value] = /^--?([a-z-]+)(?:=([\s\S]*))?$/.exec(word) ?? []
  const rule = Object.hasOwn(known, name) ? known[name] : undefined
  if (!rule) return null
  if (rule.takes !== 'value' || value !== undefined) return { name, value: value ?? null, words: [word] }
  const next = words[at + 1]
  return next === undefined ? null : { name, value: next, words: [word, next] }
}

/** The words of the flags that a plan, or the apply of a saved plan, takes. */
export function wordsFor(step: 'plan' | 'apply', { flags }: Options): string[] {
  return flags.filter(({ name }) => known[name]?.[step]).flatMap(({ words }) => words)
}

/** Whether a flag without a value, or with one like `true`, is set. The last one counts. */
export function isSet({ flags }: Options, name: string): boolean {
  const last = flags.findLast((flag) => flag.name === name)
  return last !== undefined && (last.value === null || /^(?:1|t|true)$/i.test(last.value))
}

export function valueOf({ flags }: Options, name: string): string | null {
  return flags.findLast((flag) => flag.name === name)?.value ?? null
}

/** What terraform reads as the command's arguments: what the environment adds comes first. Null when it is odd. */
export function effectiveWords({ command, args }: Call, env: NodeJS.ProcessEnv): string[] | null {
  const names = ['TF_CLI_ARGS', `TF_CLI_ARGS_${command.replaceAll(/[ -]/g, '_')}`]
  const added = names.map((name) => wordsIn(env[name] ?? ''))
  return added.some((words) => words === null) ? null : [...added.flatMap((words) => words ?? []), ...args]
}
